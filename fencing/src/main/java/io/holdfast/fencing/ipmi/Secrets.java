package io.holdfast.fencing.ipmi;

import io.holdfast.fencing.FencingException;
import io.holdfast.fencing.SecretFile;
import io.holdfast.fencing.ipmi.rmcp.Secret;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** The secrets of a BMC, from files. No message repeats what is in them. */
public final class Secrets {

    private static final String HEX = "0x";

    private Secrets() {}

    /**
     * The first line of a file, as a user's password.
     *
     * @param key which setting or option names the file, for messages
     * @throws FencingException when it cannot be read, is no secret, or has not 1 to 20 bytes
     */
    public static Secret password(String key, Path file) {
        return Secret.ofPassword(SecretFile.read(key, file, Secret.BYTES_MAX));
    }

    /**
     * The first line of a file, as K_g: text, or {@code 0x} and up to 40 hexadecimal digits. Null for no file.
     *
     * @throws FencingException as for a password, or when the digits are none
     */
    public static @Nullable Secret bmcKey(String key, @Nullable Path file) {
        if (file == null) {
            return null;
        }
        String line = SecretFile.firstLine(key, file);
        byte[] octets;
        if (line.startsWith(HEX)) {
            try {
                octets = HexFormat.of().parseHex(line.substring(HEX.length()));
            } catch (IllegalArgumentException e) {
                // Without the cause, which would show the digits.
                throw new FencingException(
                        key + " " + file + " begins with 0x, and hexadecimal digits in pairs must follow");
            }
        } else {
            octets = line.getBytes(StandardCharsets.UTF_8);
        }
        SecretFile.requireSize(key, file, octets.length, Secret.BYTES_MAX);
        return Secret.ofKey(octets);
    }
}
