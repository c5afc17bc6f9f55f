package io.holdfast.membership.zookeeper;

import io.holdfast.secrets.TlsKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509KeyManager;
import javax.net.ssl.X509TrustManager;
import org.apache.zookeeper.common.X509Exception;
import org.apache.zookeeper.common.X509Exception.KeyManagerException;
import org.apache.zookeeper.common.X509Exception.TrustManagerException;
import org.apache.zookeeper.common.X509Util;
import org.apache.zookeeper.server.auth.ProviderRegistry;
import org.apache.zookeeper.server.auth.X509AuthenticationProvider;
import org.jspecify.annotations.Nullable;

/**
 * Who a ZooKeeper server in this process is, towards its clients.
 *
 * <p>ZooKeeper makes it by its class name and hands it nothing, hence the static field. The other ways are worse: the password of
 * the key store as a system property, which libraries write into their logs, or in a file, which must not be encrypted then.
 *
 * <p>ZooKeeper asks for each connection. The stores are read again when one of their files is another than before, so that renewed
 * certificates are taken up, and only then: to open a store costs tens of thousands of hashes, by design of the format, and a segment whose
 * agents all connect at once would wait for nothing else.
 */
@SuppressWarnings("overloads") // looking for such would need a servlet API, which ZooKeeper names and nobody here uses
public final class ServerIdentity extends X509AuthenticationProvider {

    private static final String SCHEME = "x509";
    private static final String TYPE = "PKCS12";

    private static volatile @Nullable TlsKeys current;
    private static @Nullable Opened opened;

    /** The stores as they were when their files had these stamps. */
    private record Opened(TlsKeys identity, List<Object> stamps, X509TrustManager trust, X509KeyManager keys) {}

    /** For ZooKeeper. */
    public ServerIdentity() throws TrustManagerException, KeyManagerException {
        super(opened(known()).trust, opened(known()).keys);
    }

    /**
     * From now on, for all servers of this process.
     *
     * @throws IOException when the stores cannot be used; who the servers were before stays
     */
    static void become(TlsKeys identity) throws IOException {
        try {
            opened(identity);
        } catch (TrustManagerException | KeyManagerException e) {
            throw new IOException(
                    "the certificates in " + identity.keyStore() + " cannot be used: " + e.getMessage(), e);
        }
        current = identity;
        System.setProperty("zookeeper.ssl.authProvider", SCHEME);
        String key = ProviderRegistry.AUTHPROVIDER_PROPERTY_PREFIX + SCHEME;
        System.setProperty(key, ServerIdentity.class.getName());
        ProviderRegistry.addOrUpdateProvider(key);
    }

    /** The same identity towards other servers. */
    static SSLContext context() throws GeneralSecurityException, X509Exception {
        TlsKeys identity = known();
        SSLContext made = SSLContext.getInstance("TLSv1.3");
        Opened stores = opened(identity);
        made.init(new KeyManager[] {stores.keys}, new TrustManager[] {stores.trust}, null);
        return made;
    }

    @Override
    public X509TrustManager getTrustManager() throws TrustManagerException {
        try {
            return opened(known()).trust;
        } catch (KeyManagerException e) {
            throw new TrustManagerException(e);
        }
    }

    @Override
    public X509KeyManager getKeyManager() throws KeyManagerException {
        try {
            return opened(known()).keys;
        } catch (TrustManagerException e) {
            throw new KeyManagerException(e);
        }
    }

    private static synchronized Opened opened(TlsKeys identity) throws TrustManagerException, KeyManagerException {
        List<Object> stamps = List.of(stamp(identity.keyStore()), stamp(identity.trustStore()));
        Opened last = opened;
        if (last == null || last.identity != identity || !last.stamps.equals(stamps)) {
            // The stamps are older than what is read: a file that is replaced in between is read once more.
            last = new Opened(identity, stamps, trust(identity), keys(identity));
            opened = last;
        }
        return last;
    }

    /** Another value for a file that was replaced or written; who cannot look reads, and that says why not. */
    private static Object stamp(Path file) {
        try {
            BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
            return Arrays.asList(now.fileKey(), now.lastModifiedTime(), now.size());
        } catch (IOException cannotLook) {
            return new Object();
        }
    }

    private static X509TrustManager trust(TlsKeys identity) throws TrustManagerException {
        // The JDK's own trust manager, without revocation lists, and without names: roles in certificates decide.
        return X509Util.createTrustManager(
                identity.trustStore().toString(), identity.password(), TYPE, false, false, false, false, false, true);
    }

    private static X509KeyManager keys(TlsKeys identity) throws KeyManagerException {
        return X509Util.createKeyManager(identity.keyStore().toString(), identity.password(), TYPE);
    }

    private static TlsKeys known() {
        return Objects.requireNonNull(current, "no server of this process has said who it is");
    }
}
