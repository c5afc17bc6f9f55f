package io.holdfast.fencing.ipmi.rmcp;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A key that can be used and not be looked at: a password, K_g, or what is derived from them.
 *
 * <p>It has no text but {@code [secret]}, and is equal to nothing but itself, so that no log, record or message can carry it.
 */
public final class Secret {

    /** What IPMI 2.0 takes of a password, and of K_g (sections 13.31 and 22.30). */
    public static final int BYTES_MAX = 20;

    private final byte[] key;

    private Secret(byte[] key) {
        this.key = key;
    }

    /**
     * A user's password as a key: its UTF-8 form, filled up with zeros.
     *
     * @throws IllegalArgumentException if it has more than {@value #BYTES_MAX} bytes; the message does not repeat it
     */
    public static Secret ofPassword(String password) {
        return ofKey(password.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * K_g, the key of the BMC itself, filled up with zeros.
     *
     * @throws IllegalArgumentException if it has more than {@value #BYTES_MAX} bytes
     */
    public static Secret ofKey(byte[] key) {
        if (key.length > BYTES_MAX) {
            throw new IllegalArgumentException("a password or K_g has at most " + BYTES_MAX + " bytes");
        }
        return new Secret(Arrays.copyOf(key, BYTES_MAX));
    }

    /** The whole code, keyed with this, of that. */
    Bytes mac(Suite suite, Bytes data) {
        return Bytes.of(rawMac(suite, data));
    }

    /** The same, to be a key in its turn. */
    Secret derive(Suite suite, Bytes data) {
        return new Secret(rawMac(suite, data));
    }

    private byte[] rawMac(Suite suite, Bytes data) {
        try {
            Mac mac = Mac.getInstance(suite.macName());
            mac.init(new SecretKeySpec(key, suite.macName()));
            return mac.doFinal(data.toArray());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no " + suite.macName(), e);
        }
    }

    /** AES-CBC-128 with the first 16 bytes of this, without padding: sizes are multiples of 16. */
    byte[] aes(int mode, byte[] vector, byte[] data) {
        try {
            Cipher cipher = Cipher.getInstance("AES/CBC/NoPadding");
            cipher.init(mode, new SecretKeySpec(key, 0, 16, "AES"), new IvParameterSpec(vector));
            return cipher.doFinal(data);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES of " + data.length + " bytes failed", e);
        }
    }

    /** Compares codes in a time that does not tell where they differ. */
    static boolean same(Bytes one, Bytes other) {
        return MessageDigest.isEqual(one.toArray(), other.toArray());
    }

    @Override
    public String toString() {
        return "[secret]";
    }
}
