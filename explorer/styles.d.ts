// The bundler handles imported style sheets; they export nothing.
declare module '*.css';
