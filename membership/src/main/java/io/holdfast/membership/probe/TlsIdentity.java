package io.holdfast.membership.probe;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.holdfast.secrets.SecretException;
import io.holdfast.secrets.TlsKeys;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One process's certificate and whom it trusts, for TLS 1.3 in both directions. Read when first needed, and again after one
 * of the files has changed, so that renewed ones are taken up; not at each use, because opening a key store takes longer
 * than the call that is to be made. Safe for several threads.
 */
public final class TlsIdentity {

    private static final Logger log = LoggerFactory.getLogger(TlsIdentity.class);

    private final TlsKeys files;

    @GuardedBy("this")
    private @Nullable SSLContext context;

    /** When the files were last changed, as of the last attempt to read them. */
    @GuardedBy("this")
    private List<FileTime> readAt = List.of();

    @GuardedBy("this")
    private String trouble = "";

    public TlsIdentity(TlsKeys files) {
        this.files = files;
    }

    /**
     * What connections are made with.
     *
     * @throws IOException when there is no identity that could be used. Files that can no longer be read do not take away
     *     the one that was read before: they may be in the middle of being replaced
     */
    public synchronized SSLContext context() throws IOException {
        if (!isUsable() || context == null) {
            throw new IOException(trouble);
        }
        return context;
    }

    /** Whether there is an identity, after a look at the files. */
    synchronized boolean isUsable() {
        List<FileTime> changedAt = changedAt();
        if (!changedAt.equals(readAt)) {
            readAt = changedAt;
            try {
                context = read();
                trouble = "";
            } catch (GeneralSecurityException | IOException | SecretException unusable) {
                trouble = "the certificates in " + files.keyStore() + " and " + files.trustStore() + " cannot be used: "
                        + unusable.getMessage() + "; make them with 'holdfast pki'";
                log.warn("{}{}", trouble, context == null ? "" : " (going on with those that were read before)");
            }
        }
        return context != null;
    }

    /** A file that is not there counts as changed when it comes. */
    private List<FileTime> changedAt() {
        List<FileTime> times = new ArrayList<>();
        for (Path file : List.of(files.keyStore(), files.trustStore(), files.passwordFile())) {
            try {
                times.add(Files.getLastModifiedTime(file));
            } catch (IOException unreadable) {
                times.add(FileTime.fromMillis(0));
            }
        }
        return times;
    }

    private SSLContext read() throws GeneralSecurityException, IOException {
        char[] password = files.password().toCharArray();
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(load(files.keyStore(), password), password);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        KeyStore trusted = load(files.trustStore(), password);
        if (trusted.size() == 0) {
            throw new GeneralSecurityException(files.trustStore() + " holds no certificate");
        }
        trust.init(trusted);
        SSLContext made = SSLContext.getInstance("TLSv1.3");
        made.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return made;
    }

    private static KeyStore load(Path file, char[] password) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, password);
        }
        return store;
    }
}
