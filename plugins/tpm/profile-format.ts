/**
 * What a site states about its Tivoli Provisioning Manager, because no public source states it: where the service
 * listens, how its messages look, and what its words mean. Few facts are sure enough to be code; README.md lists them
 * with their sources. Everything else is here.
 */
import type { AdapterErrorCode, AdapterOperation, TargetState } from '../../src/adapters/adapter.js';

/** The service of the verified call. Source: public Java clients of TPM 7.x that use `TpmLiteSoapServiceProxy`. */
export const SERVICE = 'TpmLiteSoapService';
/** Its operation that creates a deployment request. Source: as for {@link SERVICE}. */
export const SUBMIT_OPERATION = 'executeDeploymentRequest';
/** The parts of {@link SUBMIT_OPERATION}, in their order. Source: as for {@link SERVICE}. */
export const SUBMIT_PARTS = ['workflowName', 'requestParameters'] as const;

/** The calls of a profile. Only `submit` and `status` are required. */
export const CALLS = ['submit', 'status', 'search', 'cancel'] as const;
/** See {@link CALLS}. */
export type CallName = (typeof CALLS)[number];

/** A text with placeholders in braces, such as `{target.deviceId}`. */
export type Template = string;

/** One `Name=Value` of the request parameters. */
export interface RequestParameter {
  readonly name: string;
  readonly value: Template;
}

/** The workflow that does one operation of the server. */
export interface Workflow {
  readonly workflow: Template;
  readonly parameters: readonly RequestParameter[];
}

/** One deployment request per target, or one for several targets where the workflow takes a list. */
export type Grouping =
  | { readonly per: 'target' }
  | {
      readonly per: 'group';
      /** Stands between the values of `{targets.…}`. */
      readonly separator: string;
      /** Maximum targets of one request. */
      readonly size: number;
      /** Ends of the request that hold for each of its targets. After any other end they are `unknown`. */
      readonly holdsForAll: readonly ('succeeded' | 'failed' | 'cancelled')[];
    };

/** What an error of the tool means. The first rule whose conditions all hold counts. */
export interface ErrorRule {
  /** Local name of the fault code of a SOAP fault. */
  readonly faultCode?: string;
  /** Exit code of the command. */
  readonly exitCode?: number;
  /** Regular expression that the text of the fault, or the output of the command, must match. */
  readonly text?: string;
  readonly as: AdapterErrorCode;
}

/** An argument of a SOAP operation other than the verified one. */
export interface SoapArgument {
  readonly name: string;
  readonly value: Template;
  /** Only for the style rpc-encoded. Default `xsd:string`. */
  readonly type?: string;
}

/** A SOAP call. `answer` holds paths of local names below the body, such as `aResponse/aReturn`; `*` is any name. */
export interface SoapCall {
  /** Not for `submit`, whose operation and arguments are known. */
  readonly operation?: string;
  readonly arguments?: readonly SoapArgument[];
  /** Content of the header SOAPAction. Default: empty. */
  readonly soapAction?: string;
  readonly answer: Readonly<Record<string, string>>;
}

/** A call of the command line tool. `answer` holds regular expressions with one group, for its standard output. */
export interface CommandCall {
  readonly arguments: readonly Template[];
  readonly answer: Readonly<Record<string, string>>;
}

/** The SOAP service, spoken to directly. */
export interface SoapTransport {
  readonly kind: 'soap';
  /** Path of the service below `baseUrl`. */
  readonly path: string;
  /** Path and query of its WSDL below `baseUrl`. With it a probe checks that the service has the verified operation. */
  readonly wsdl?: string;
  readonly namespace: string;
  readonly style: 'rpc-encoded' | 'rpc-literal' | 'document-literal';
  /** Only for document-literal: whether the elements of arguments are in the namespace too. */
  readonly qualified?: boolean;
  readonly auth: 'basic' | 'wsse-text' | 'wsse-digest';
  readonly calls: Readonly<Record<'submit' | 'status', SoapCall> & Partial<Record<'search' | 'cancel', SoapCall>>>;
}

/** A command line client of the service, run on this machine. */
export interface CommandTransport {
  readonly kind: 'soapcli';
  /** The program, an absolute path, and arguments of every call. */
  readonly command: readonly [string, ...string[]];
  /**
   * How the program gets the password: on standard input, in an environment variable, or in the file that the setting
   * `password` names. Never in an argument: every user of the machine can read those.
   */
  readonly password:
    { readonly by: 'stdin' } | { readonly by: 'environment'; readonly variable: string } | { readonly by: 'file' };
  readonly environment?: Readonly<Record<string, string>>;
  readonly calls: Readonly<
    Record<'submit' | 'status', CommandCall> & Partial<Record<'search' | 'cancel', CommandCall>>
  >;
}

/** A profile. README.md describes its members for people who write one. */
export interface TpmProfile {
  readonly $schema?: string;
  readonly format: 1;
  readonly name: string;
  /** Product and version, as people know it. */
  readonly product: string;
  /** False until a site has compared every part with its product. */
  readonly verified: false | { readonly by: string; readonly on: string };
  readonly transport: SoapTransport | CommandTransport;
  readonly requests: Grouping;
  readonly workflows: Readonly<Partial<Record<AdapterOperation, Workflow>>>;
  /** Names of request parameters that a planner can add to a distribution. */
  readonly plannerParameters?: readonly string[];
  /** What each status word of the tool means. Any other word is `unknown`. */
  readonly states: Readonly<Record<string, Exclude<TargetState, 'unknown'>>>;
  readonly errors?: readonly ErrorRule[];
  /** How long after a request was sent an unanswered one surely shows in `search`, in milliseconds. Default 60,000. */
  readonly searchSettlesMs?: number;
}

/** The call of a profile, whatever its transport. */
export function callOf(profile: TpmProfile, name: CallName): SoapCall | CommandCall | undefined {
  return profile.transport.calls[name];
}

/** True where the profile says how to find a request that was sent and not answered. */
export function canSearch(profile: TpmProfile): boolean {
  return callOf(profile, 'search') !== undefined;
}
