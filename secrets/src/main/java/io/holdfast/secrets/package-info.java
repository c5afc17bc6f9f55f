/**
 * Secrets at rest: the one way in which a password, a key or a token gets out of a file.
 *
 * <p>A settings file never holds a secret; it names a file that does ({@link io.holdfast.model.SecretFile}). Such a file is
 * <em>plain</em>, its first line being the secret, or <em>sealed</em>: two lines of text, encrypted with a <em>master key</em> by
 * AES-256-GCM ({@link io.holdfast.secrets.Envelope}). Master keys come from key files or the environment ({@link
 * io.holdfast.secrets.KeySources}) and form a {@link io.holdfast.secrets.Keyring}: the first encrypts, all decrypt, and that is
 * how keys are rotated. {@link io.holdfast.secrets.SecretReader} reads both kinds and is handed to whoever needs a secret.
 *
 * <p>What it protects: a secret in a backup, an image, a repository or on a disk that is thrown away, without the key beside it.
 * What it cannot protect: a machine on which somebody is root or this account; there the key is too.
 *
 * <p>What it refuses to do: no message, exception or {@code toString} of this package repeats a secret or a key; nothing is
 * cached on disk; no algorithm is of our own. It writes no log: who makes a reader says where warnings go.
 *
 * <p>Everything here may be used by any thread.
 */
@NullMarked
package io.holdfast.secrets;

import org.jspecify.annotations.NullMarked;
