package io.holdfast.secrets;

import io.holdfast.secrets.SecretException.Trouble;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/**
 * What a sealed secret looks like at rest: two lines of text.
 *
 * <pre>
 * holdfast-secret v1 key=5f1c9a2be0d34c77 name=h1-bmc
 * q83vEj…  (base64 of nonce, ciphertext and tag)
 * </pre>
 *
 * <p>AES-256-GCM with a random nonce of 96 bits, as NIST SP 800-38D section 8.2.2 has it: one key may seal 2^32 secrets before
 * a repeated nonce is likelier than one in 2^32. The whole first line is authenticated with the content. The name in it is the
 * file's own, so that nobody who may write to the directory but has no key can put one host's password where another secret is
 * expected: a database password would be sent to a management controller of his. It is the file's name and not the setting's,
 * because one file may serve many settings, and its directory may move.
 *
 * <p>Reading is strict: the text must be exactly what {@link #seal} would write for those bytes, down to the last line end.
 *
 * <p>Pure but for the random numbers that are handed in.
 */
public final class Envelope {

    private static final String MAGIC = "holdfast-secret";
    private static final Pattern HEADER = Pattern.compile(MAGIC + " v1 key=([0-9a-f]{16}) name=([^\\r\\n]{1,255})");
    private static final Pattern OTHER_VERSION = Pattern.compile(MAGIC + " v([0-9]{1,4}) .*");
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private Envelope() {}

    /** @param name the file that it was sealed for, without its directory */
    public record Header(String keyId, String name) {}

    /**
     * Whether a text is a sealed secret, or was one before somebody damaged it. A few words more than the first are looked
     * for, so that a damaged one is not taken for a plain password.
     */
    public static boolean looksSealed(String text) {
        String begin = text.substring(0, Math.min(text.length(), MAGIC.length()));
        boolean cut = begin.length() > "holdfast-".length() && MAGIC.startsWith(begin);
        return cut || (text.contains(" key=") && text.contains(" name="));
    }

    /** @param name of the file, without its directory */
    public static String seal(MasterKey key, String name, byte[] content, SecureRandom random) {
        String header = MAGIC + " v1 key=" + key.id() + " name=" + name;
        if (!HEADER.matcher(header).matches()) {
            throw new SecretException(
                    Trouble.UNSUITABLE, "a secret's file name must have 1 to 255 characters and no line break");
        }
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, key, nonce, header).doFinal(content);
            byte[] body = ByteBuffer.allocate(NONCE_BYTES + sealed.length)
                    .put(nonce)
                    .put(sealed)
                    .array();
            return header + "\n" + Base64.getEncoder().encodeToString(body) + "\n";
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has AES/GCM", e);
        }
    }

    /**
     * What the first line says, unverified.
     *
     * @param where for messages
     * @throws SecretException when it is damaged, or of a version that this release does not know
     */
    public static Header header(String where, String text) {
        Matcher header = HEADER.matcher(firstLine(text));
        if (header.matches()) {
            return new Header(header.group(1), header.group(2));
        }
        Matcher other = OTHER_VERSION.matcher(firstLine(text));
        if (other.matches() && !other.group(1).equals("1")) {
            throw new SecretException(
                    Trouble.UNSUITABLE,
                    where + " is sealed in version " + other.group(1) + " of the format; this release knows version 1");
        }
        throw damaged(where);
    }

    /**
     * The content.
     *
     * @param where for messages
     * @param name what the file is called now
     * @throws SecretException when it was changed, or sealed with a key that is not among these, or for another file
     */
    public static byte[] open(String where, String text, Keyring keys, String name) {
        Header header = header(where, text);
        MasterKey key = keys.find(header.keyId()).orElseThrow(() -> keyMissing(where, header, keys));
        String line = firstLine(text);
        byte[] body = body(where, text.substring(line.length()));
        byte[] content;
        try {
            byte[] nonce = java.util.Arrays.copyOf(body, NONCE_BYTES);
            content =
                    cipher(Cipher.DECRYPT_MODE, key, nonce, line).doFinal(body, NONCE_BYTES, body.length - NONCE_BYTES);
        } catch (AEADBadTagException e) {
            throw damaged(where);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has AES/GCM", e);
        }
        if (!header.name().equals(name)) {
            throw new SecretException(
                    Trouble.MISPLACED,
                    where + " was sealed as '" + header.name() + "' and is called '" + name
                            + "': it is not the file that it was; call it '" + header.name()
                            + "' again, or seal the secret anew with 'holdfast secret encrypt'");
        }
        return content;
    }

    private static byte[] body(String where, String rest) {
        if (rest.length() < 2 || rest.charAt(0) != '\n' || rest.charAt(rest.length() - 1) != '\n') {
            throw damaged(where);
        }
        String digits = rest.substring(1, rest.length() - 1);
        try {
            byte[] body = Base64.getDecoder().decode(digits);
            // The decoder forgives bits that no encoder writes, and what was changed must not pass.
            if (body.length >= NONCE_BYTES + TAG_BITS / 8
                    && Base64.getEncoder().encodeToString(body).equals(digits)) {
                return body;
            }
        } catch (IllegalArgumentException e) {
            throw damaged(where);
        }
        throw damaged(where);
    }

    private static Cipher cipher(int mode, MasterKey key, byte[] nonce, String header) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key.cipherKey(), new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(header.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    private static String firstLine(String text) {
        int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end);
    }

    private static SecretException keyMissing(String where, Header header, Keyring keys) {
        String have = keys.isEmpty()
                ? "there is no key at all; name its file under secrets.key-files or in " + KeySources.FILE_VARIABLE
                : "the keys here are " + String.join(", ", keys.ids()) + "; add the key file with that one";
        return new SecretException(
                Trouble.KEY_MISSING, where + " is encrypted with key " + header.keyId() + ", and " + have);
    }

    private static SecretException damaged(String where) {
        return new SecretException(
                Trouble.DAMAGED,
                where + " was changed or cut after it was encrypted; restore it from a backup, or seal the secret anew"
                        + " with 'holdfast secret encrypt'");
    }
}
