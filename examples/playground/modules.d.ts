// What Vite makes of files.
declare module '*?raw' {
  const text: string;
  export default text;
}
/** The sources of adjoint and the declarations of the language, by the paths that the checker knows them by. */
declare module 'virtual:declarations' {
  export const files: Readonly<Record<string, string>>;
  export const options: { readonly paths: Record<string, string[]>; readonly strict: boolean };
}
