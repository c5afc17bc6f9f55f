package io.holdfast.model;

import java.nio.file.Path;

/**
 * A setting that names a file with a secret in it, and not the secret.
 *
 * <p>A type of its own, so that every secret that a settings file names can be found by walking its records, and so that
 * no such file is opened but through {@code io.holdfast.secrets}.
 */
public record SecretFile(Path path) {

    public static SecretFile of(Path path) {
        return new SecretFile(path);
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
