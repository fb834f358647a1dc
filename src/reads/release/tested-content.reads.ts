import { sql } from 'kysely';
import { TestedContentType } from '../../schema/release/tested-content.type.js';
import { defineEdge, defineRead } from '../model.js';

/** How the media that tests were made on are read. */
export const testedContentRead = defineRead<TestedContentType>({
  type: 'TestedContent',
  table: 'tested_content',
  of: TestedContentType,
  keys: ['taskId', 'dmlItemVersionId'],
});

/** What the evidence of a task was given on. */
export const testedContentsOfTask = defineEdge({
  name: 'Task.testedContents',
  model: testedContentRead,
  on: sql`t.task_id = p.id`,
});
