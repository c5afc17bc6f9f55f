package io.holdfast.secrets;

import io.holdfast.secrets.SecretException.Trouble;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.spec.SecretKeySpec;

/**
 * A key that secrets at rest are encrypted with: 256 random bits.
 *
 * <p>Its id is derived from it (the first 64 bits of a SHA-256), so that a key needs no registry, and a wrong key is told from
 * a damaged file. The id is no secret: from it nobody gets back to 256 random bits.
 */
public final class MasterKey {

    private static final String PREFIX = "holdfast-key-v1:";
    private static final int BYTES = 32;
    private static final int ID_BYTES = 8;
    private static final byte[] ID_CONTEXT = "holdfast key id v1\n".getBytes(StandardCharsets.US_ASCII);

    private final byte[] material;
    private final String id;

    private MasterKey(byte[] material) {
        this.material = material;
        this.id = HexFormat.of().formatHex(Arrays.copyOf(digest(material), ID_BYTES));
    }

    public static MasterKey random(SecureRandom random) {
        byte[] material = new byte[BYTES];
        random.nextBytes(material);
        return new MasterKey(material);
    }

    /**
     * @param where for messages; the text is not repeated
     * @throws SecretException when the text is no key
     */
    static MasterKey parse(String where, String text) {
        if (text.startsWith(PREFIX)) {
            String digits = text.substring(PREFIX.length());
            try {
                byte[] material = Base64.getDecoder().decode(digits);
                if (material.length == BYTES
                        && Base64.getEncoder().encodeToString(material).equals(digits)) {
                    return new MasterKey(material);
                }
            } catch (IllegalArgumentException e) {
                // Without the cause, which would show a character of the key; the answer is below.
                throw notAKey(where);
            }
        }
        throw notAKey(where);
    }

    private static SecretException notAKey(String where) {
        return new SecretException(
                Trouble.UNSUITABLE,
                where + " holds something that is no key; each line must be '" + PREFIX + "' and 44 characters, as"
                        + " 'holdfast secret keygen' writes them, or begin with #");
    }

    /** 16 hexadecimal digits. */
    public String id() {
        return id;
    }

    /** What stands in a key file. A secret. */
    public String text() {
        return PREFIX + Base64.getEncoder().encodeToString(material);
    }

    SecretKeySpec cipherKey() {
        return new SecretKeySpec(material, "AES");
    }

    private static byte[] digest(byte[] material) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(ID_CONTEXT);
            return digest.digest(material);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return "key " + id;
    }
}
