export interface VolumeOptions {
  /** Absent: 64 random hexadecimal digits, and the volume is anonymous. */
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Of the local driver: `type`, `device`, `o`, as mount(8) takes them. */
  readonly options?: Readonly<Record<string, string>>;
}

export interface VolumeRecord {
  readonly name: string;
  readonly created: Date;
  readonly driver: 'local';
  /** The folder on the host that containers see. */
  readonly mountpoint: string;
  readonly anonymous: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
}
