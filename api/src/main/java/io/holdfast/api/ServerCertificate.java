package io.holdfast.api;

import io.holdfast.secrets.SecretException;
import io.holdfast.secrets.TlsKeys;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PfxOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECKey;
import java.security.interfaces.RSAKey;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The certificate that the API shows, as its files are now.
 *
 * <p>It is looked through before it is shown: a key without its certificate and a certificate of another key would turn every caller away.
 * Whether it is good today is told beside it, because what to do about that is not the same at the start, when there is no other, and later.
 * Not for several threads.
 */
final class ServerCertificate {

    private static final int BYTES_MAX = 1024 * 1024;

    private final TlsKeys files;
    private List<Object> seen = List.of();
    private List<Object> read = List.of();

    ServerCertificate(TlsKeys files) {
        this.files = files;
    }

    /**
     * @param from the first moment at which it is good
     * @param until the last one
     */
    record Shown(PfxOptions options, String subject, Instant from, Instant until) {

        /** Why callers that look will not accept it now; empty when they will. */
        Optional<String> outOfDate(Instant now) {
            if (now.isAfter(until)) {
                return Optional.of("it was good until " + until + " (NotAfter)");
            }
            return now.isBefore(from) ? Optional.of("it is good from " + from + " on (NotBefore)") : Optional.empty();
        }
    }

    /**
     * Whether the files are others than those that were read last, and the same as at the call before: one that is being written is left alone.
     */
    boolean isNew() {
        List<Object> now = List.of(stamp(files.keyStore()), stamp(files.passwordFile()));
        boolean settled = now.equals(seen);
        seen = now;
        return settled && !now.equals(read);
    }

    /**
     * Reads the files.
     *
     * @throws IllegalStateException when they cannot be read or hold nothing that can be shown; the message says why
     * @throws SecretException when the password cannot be had
     */
    Shown read() {
        seen = List.of(stamp(files.keyStore()), stamp(files.passwordFile()));
        read = seen;
        try {
            if (Files.size(files.keyStore()) > BYTES_MAX) {
                throw new IllegalStateException("the key store " + files.keyStore() + " is longer than a MiB");
            }
            byte[] bytes = Files.readAllBytes(files.keyStore());
            String password = files.password();
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(new ByteArrayInputStream(bytes), password.toCharArray());
            X509Certificate certificate = checked(store, password);
            return new Shown(
                    new PfxOptions().setValue(Buffer.buffer(bytes)).setPassword(password),
                    certificate.getSubjectX500Principal().getName(),
                    certificate.getNotBefore().toInstant(),
                    certificate.getNotAfter().toInstant());
        } catch (IOException | GeneralSecurityException e) {
            // Only the end of a file in the middle of something has no message.
            throw new IllegalStateException(
                    "cannot use the key store " + files.keyStore() + ": "
                            + (e.getMessage() == null ? "it is cut short" : e.getMessage()),
                    e);
        }
    }

    private static X509Certificate checked(KeyStore store, String password) throws GeneralSecurityException {
        for (String alias : Collections.list(store.aliases())) {
            if (store.getKey(alias, password.toCharArray()) instanceof PrivateKey key) {
                @Nullable Certificate shown = store.getCertificate(alias);
                if (!(shown instanceof X509Certificate certificate)) {
                    throw new GeneralSecurityException("the key " + alias + " has no certificate");
                }
                if (!belongTogether(key, certificate.getPublicKey())) {
                    throw new GeneralSecurityException("the certificate is not of the key beside it");
                }
                return certificate;
            }
        }
        throw new GeneralSecurityException("there is no private key in it");
    }

    private static boolean belongTogether(PrivateKey key, PublicKey of) throws GeneralSecurityException {
        String algorithm = switch (key) {
            case ECKey _ -> "SHA256withECDSA";
            case RSAKey _ -> "SHA256withRSA";
            default -> key.getAlgorithm();
        };
        byte[] word = {1, 2, 3};
        Signature sign = Signature.getInstance(algorithm);
        sign.initSign(key);
        sign.update(word);
        byte[] signed = sign.sign();
        if (!key.getAlgorithm().equals(of.getAlgorithm())) {
            return false;
        }
        Signature verify = Signature.getInstance(algorithm);
        verify.initVerify(of);
        verify.update(word);
        return verify.verify(signed);
    }

    private static Object stamp(Path file) {
        try {
            BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
            return java.util.Arrays.asList(now.fileKey(), now.lastModifiedTime(), now.size());
        } catch (IOException gone) {
            // What is not there is a state like others; reading it says so.
            return "not there";
        }
    }
}
