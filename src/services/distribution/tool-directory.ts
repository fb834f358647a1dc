import type { Capabilities } from '../../adapters/adapter.js';
import type { AssurancePolicy } from '../../domain/cmdb/assurance-policy.js';

/** A connected deployment tool, as far as planning needs to know it. Nothing here talks to the tool. */
export interface ConnectedTool {
  readonly capabilities: Capabilities;
  /** What is wrong with a configuration item's binding for this tool; empty when it can be a target. */
  targetProblems(binding: unknown): string[];
  /** What is wrong with a package's binding for this tool; empty when it can be distributed. */
  packageProblems(binding: unknown): string[];
  /** What is wrong with the parameters of a distribution for this tool; empty when it knows all of them. */
  parametersProblems(parameters: unknown): string[];
  /** Where this tool gets the media with a SHA-256. */
  mediaUri(digest: string): string;
}

/** The deployment tools of this process by name. */
export interface ToolDirectory {
  /** On which targets the word of a tool is not enough. */
  readonly assurance: AssurancePolicy;
  /** The tool, or undefined when it is not configured or could not be connected. */
  connected(name: string): ConnectedTool | undefined;
}
