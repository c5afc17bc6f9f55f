package io.holdfast.api.nova;

import io.holdfast.api.http.ApiFault;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.security.interfaces.RSAPublicKey;
import java.util.Base64;
import java.util.HexFormat;

/** Public keys as users give them: whether one is a key at all, its fingerprint, and a new pair. */
final class PublicKeys {

    /** As Nova; a longer one takes seconds to find on a busy machine, and whoever wants one imports it. */
    private static final int RSA_BITS = 2048;

    private static final int LINE = 64;

    private PublicKeys() {}

    /** @param privateKey PKCS #8 in PEM, which ssh reads */
    record Made(String publicKey, String privateKey) {}

    /**
     * Of an ssh key the MD5 of its blob, of a certificate the SHA-1 of its DER form, each with colons: what Nova's clients
     * show and compare. Neither protects anything here.
     *
     * @throws ApiFault 400 when it is no key of that type
     */
    static String fingerprint(String type, String publicKey) {
        try {
            byte[] digest = type.equals("x509")
                    ? MessageDigest.getInstance("SHA-1")
                            .digest(CertificateFactory.getInstance("X.509")
                                    .generateCertificate(
                                            new ByteArrayInputStream(publicKey.getBytes(StandardCharsets.UTF_8)))
                                    .getEncoded())
                    : MessageDigest.getInstance("MD5").digest(blob(publicKey));
            return HexFormat.ofDelimiter(":").formatHex(digest);
        } catch (GeneralSecurityException e) {
            throw invalid();
        }
    }

    /** The middle of {@code ssh-ed25519 AAAA... comment}, which begins with the same word once more. */
    private static byte[] blob(String publicKey) {
        String[] parts = publicKey.strip().split("\\s+", 3);
        if (parts.length < 2) {
            throw invalid();
        }
        try {
            ByteBuffer blob = ByteBuffer.wrap(Base64.getDecoder().decode(parts[1]));
            int length = blob.remaining() < Integer.BYTES ? -1 : blob.getInt();
            if (length < 1 || length >= blob.remaining()) {
                throw invalid();
            }
            String word = new String(blob.array(), Integer.BYTES, length, StandardCharsets.US_ASCII);
            if (!word.equals(parts[0])) {
                throw invalid();
            }
            return blob.array();
        } catch (IllegalArgumentException e) {
            throw invalid();
        }
    }

    static Made make(String comment) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(RSA_BITS);
            KeyPair pair = generator.generateKeyPair();
            RSAPublicKey key = (RSAPublicKey) pair.getPublic();
            ByteArrayOutputStream blob = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(blob);
            write(out, "ssh-rsa".getBytes(StandardCharsets.US_ASCII));
            write(out, bytes(key.getPublicExponent()));
            write(out, bytes(key.getModulus()));
            return new Made(
                    "ssh-rsa " + Base64.getEncoder().encodeToString(blob.toByteArray()) + " " + comment,
                    "-----BEGIN PRIVATE KEY-----\n"
                            + Base64.getMimeEncoder(LINE, new byte[] {'\n'})
                                    .encodeToString(pair.getPrivate().getEncoded())
                            + "\n-----END PRIVATE KEY-----\n");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime makes RSA keys", e);
        } catch (IOException e) {
            throw new UncheckedIOException("memory can be written to", e);
        }
    }

    /** Signed, as ssh has it: a leading zero where the first bit is set. */
    private static byte[] bytes(BigInteger number) {
        return number.toByteArray();
    }

    private static void write(DataOutputStream out, byte[] part) throws IOException {
        out.writeInt(part.length);
        out.write(part);
    }

    private static ApiFault invalid() {
        return ApiFault.badRequest("Keypair data is invalid: failed to generate fingerprint");
    }
}
