package io.holdfast.fencing.ipmi;

import io.holdfast.fencing.FencingException;
import io.holdfast.fencing.ipmi.rmcp.Secret;
import io.holdfast.model.SecretFile;
import io.holdfast.secrets.SecretException;
import io.holdfast.secrets.SecretReader;
import java.nio.charset.StandardCharsets;
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
     * @throws SecretException when it cannot be read, is no secret, or has not 1 to 20 bytes
     */
    public static Secret password(SecretReader reader, String key, SecretFile file) {
        return Secret.ofPassword(reader.read(key, file, Secret.BYTES_MAX));
    }

    /**
     * The first line of a file, as K_g: text, or {@code 0x} and up to 40 hexadecimal digits. Null for no file.
     *
     * @throws SecretException as for a password
     * @throws FencingException when the digits are none
     */
    public static @Nullable Secret bmcKey(SecretReader reader, String key, @Nullable SecretFile file) {
        if (file == null) {
            return null;
        }
        String line = reader.firstLine(key, file);
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
        SecretReader.requireSize(key, file, octets.length, Secret.BYTES_MAX);
        return Secret.ofKey(octets);
    }
}
