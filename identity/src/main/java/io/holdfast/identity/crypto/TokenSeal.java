package io.holdfast.identity.crypto;

import io.holdfast.identity.Claims;
import io.holdfast.identity.SigningKey;
import io.holdfast.identity.core.TokenBytes;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Tokens as text: {@code base64url(content + HMAC-SHA256 of it)}. */
public final class TokenSeal {

    /** Of a secret, as long as the digest: a longer one adds nothing. */
    public static final int SECRET_BYTES = 32;

    private static final int MAC_BYTES = 32;

    /** Longer ones are not made here. */
    private static final int TOKEN_LENGTH_MAX = 600;

    private TokenSeal() {}

    public static String sign(Claims claims, SigningKey key) {
        byte[] content = TokenBytes.encode(key.id(), claims);
        byte[] all = Arrays.copyOf(content, content.length + MAC_BYTES);
        System.arraycopy(mac(content, key), 0, all, content.length, MAC_BYTES);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(all);
    }

    /** What stands in it and with which key it says it is signed; empty when it is no token of this service. Proves nothing. */
    public static Optional<Unverified> read(String token) {
        if (token.length() > TOKEN_LENGTH_MAX) {
            return Optional.empty();
        }
        byte[] all;
        try {
            all = Base64.getUrlDecoder().decode(token);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        if (all.length <= MAC_BYTES) {
            return Optional.empty();
        }
        byte[] content = Arrays.copyOf(all, all.length - MAC_BYTES);
        byte[] mac = Arrays.copyOfRange(all, all.length - MAC_BYTES, all.length);
        // A last character with bits that mean nothing would give one token several spellings.
        if (!Base64.getUrlEncoder().withoutPadding().encodeToString(all).equals(token)) {
            return Optional.empty();
        }
        return TokenBytes.decode(content).map(decoded -> new Unverified(decoded, content, mac));
    }

    /** A token whose signature was not looked at yet. */
    public static final class Unverified {
        private final TokenBytes.Decoded decoded;
        private final byte[] content;
        private final byte[] mac;

        private Unverified(TokenBytes.Decoded decoded, byte[] content, byte[] mac) {
            this.decoded = decoded;
            this.content = content;
            this.mac = mac;
        }

        public int key() {
            return decoded.key();
        }

        /** Empty when it was not signed with this key. */
        public Optional<Claims> verified(SigningKey key) {
            return key.id() == decoded.key() && MessageDigest.isEqual(mac, TokenSeal.mac(content, key))
                    ? Optional.of(decoded.claims())
                    : Optional.empty();
        }
    }

    private static byte[] mac(byte[] content, SigningKey key) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.secret(), "HmacSHA256"));
            return mac.doFinal(content);
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("every Java runtime has HMAC-SHA256", e);
        }
    }
}
