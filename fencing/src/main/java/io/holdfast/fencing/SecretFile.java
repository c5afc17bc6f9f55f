package io.holdfast.fencing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/** A text file whose first line is a secret, and which only its owner (and group, read-only) may read. No message repeats it. */
public final class SecretFile {

    private static final Set<PosixFilePermission> NO_SECRET = EnumSet.of(
            PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE, PosixFilePermission.GROUP_WRITE);

    private SecretFile() {}

    /**
     * @param setting the key that names the file, for messages
     * @param bytesMax how long the secret may be in UTF-8
     * @throws FencingException naming the setting and the file, when it cannot be read or is no secret
     */
    public static String read(String setting, Path file, int bytesMax) {
        String secret = firstLine(setting, file);
        requireSize(setting, file, secret.getBytes(StandardCharsets.UTF_8).length, bytesMax);
        return secret;
    }

    /**
     * The first line, whatever its length.
     *
     * @throws FencingException as for {@link #read}
     */
    public static String firstLine(String setting, Path file) {
        String key = setting + " " + file;
        try {
            for (PosixFilePermission permission : Files.getPosixFilePermissions(file)) {
                if (NO_SECRET.contains(permission)) {
                    throw new FencingException(key + " may be read or changed by others; run: chmod 600 " + file);
                }
            }
            return Files.readString(file, StandardCharsets.UTF_8)
                    .lines()
                    .findFirst()
                    .orElse("");
        } catch (NoSuchFileException e) {
            throw new FencingException(key + " does not exist", e);
        } catch (IOException e) {
            throw new FencingException(key + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** @throws FencingException when a secret has not 1 to {@code bytesMax} bytes */
    public static void requireSize(String setting, Path file, int bytes, int bytesMax) {
        if (bytes < 1 || bytes > bytesMax) {
            throw new FencingException(
                    setting + " " + file + " must have 1 to " + bytesMax + " bytes in its first line, has " + bytes);
        }
    }
}
