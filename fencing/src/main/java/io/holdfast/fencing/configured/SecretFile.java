package io.holdfast.fencing.configured;

import io.holdfast.fencing.FencingException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/** A text file whose first line is a secret. */
final class SecretFile {

    private static final Set<PosixFilePermission> NO_SECRET = EnumSet.of(
            PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE, PosixFilePermission.GROUP_WRITE);

    private SecretFile() {}

    /**
     * @param setting the key that names the file, for messages
     * @param bytesMax how long the secret may be in UTF-8
     * @throws FencingException naming the setting and the file, when it cannot be read or is no secret
     */
    static String read(String setting, Path file, int bytesMax) {
        String key = setting + " " + file;
        String text;
        try {
            for (PosixFilePermission permission : Files.getPosixFilePermissions(file)) {
                if (NO_SECRET.contains(permission)) {
                    throw new FencingException(key + " may be read or changed by others; run: chmod 600 " + file);
                }
            }
            text = Files.readString(file, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            throw new FencingException(key + " does not exist", e);
        } catch (IOException e) {
            throw new FencingException(key + " cannot be read: " + e.getMessage(), e);
        }
        String secret = text.lines().findFirst().orElse("");
        int bytes = secret.getBytes(StandardCharsets.UTF_8).length;
        if (bytes < 1 || bytes > bytesMax) {
            throw new FencingException(key + " must have 1 to " + bytesMax + " bytes in its first line, has " + bytes);
        }
        return secret;
    }
}
