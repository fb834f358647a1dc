import { half } from './half.js';

half(1);
