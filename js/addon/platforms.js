/** The packages with the addon, by platform. */
export const PACKAGES = ['cofferdam-linux-arm64-gnu', 'cofferdam-linux-arm64-musl', 'cofferdam-linux-x64-gnu', 'cofferdam-linux-x64-musl']
