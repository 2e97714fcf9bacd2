/** Which upload of which project a workspace is. */
export interface UploadRef {
  readonly projectId: string;
  readonly uploadId: string;
}

/** How ids of uploads are written: `Chance.uuid`. */
export const UPLOAD_ID_PATTERN: RegExp = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NAME_PATTERN = /^([A-Za-z0-9][A-Za-z0-9_-]{0,39})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
const PLACE_PATTERN = new RegExp(`(?:^|/)${NAME_PATTERN.source.slice(1, -1)}(?:\\.tar\\.gz)?(?:/|$)`);

/** What the workspace of an upload is called: each has one of its own, so none is ever written over. */
export const uploadedName = ({ projectId, uploadId }: UploadRef): string => `${projectId}.${uploadId}`;

/** Undefined of a workspace that was not uploaded. */
export function uploadOfName(name: string): UploadRef | undefined {
  const [, projectId, uploadId] = NAME_PATTERN.exec(name) ?? [];
  return projectId === undefined || uploadId === undefined ? undefined : { projectId, uploadId };
}

/** The project in whose upload a place lies, however the place is written. */
export function projectOfPlace(place: string): string | undefined {
  return PLACE_PATTERN.exec(place)?.[1];
}
