import { Field, ObjectType } from 'type-graphql';
import {
  WINDOW_CLOSINGS,
  WINDOW_STATUS_REASONS,
  type WindowClosing,
  type WindowStatusReason,
} from '../../domain/schedule/window-status.js';
import { enumFrom } from '../enums.js';
import { DateTime } from '../scalars.js';

export const WindowStatusReasonEnum = enumFrom(
  'WindowStatusReason',
  Object.keys(WINDOW_STATUS_REASONS) as WindowStatusReason[],
  'Why windows allow work at a moment, or do not.',
  WINDOW_STATUS_REASONS,
);

export const WindowClosingEnum = enumFrom(
  'WindowClosing',
  Object.keys(WINDOW_CLOSINGS) as WindowClosing[],
  'Why the time in which windows allow work ends.',
  WINDOW_CLOSINGS,
);

/** What windows say about work at the moment. */
@ObjectType('WindowStatus', {
  description: 'Whether windows and blackouts allow work now, and when that changes. Other work does not count.',
  simpleResolvers: true,
})
export class WindowStatusType {
  @Field(() => Boolean, { description: 'Whether windows and blackouts allow work now.' })
  open!: boolean;

  @Field(() => WindowStatusReasonEnum, { description: 'Why they do, or do not.' })
  reason!: WindowStatusReason;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When work is next allowed. Null while it is, or if it is not allowed in the next 90 days.',
  })
  opensAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When work is no longer allowed. Null while it is not, or if that is more than 90 days ahead.',
  })
  closesAt!: Date | null;

  @Field(() => WindowClosingEnum, { nullable: true, description: 'What happens at `closesAt`.' })
  closesBecause!: WindowClosing | null;
}
