package io.holdfast.membership.zookeeper;

import io.holdfast.secrets.TlsKeys;
import java.io.IOException;
import java.security.GeneralSecurityException;
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
 * <p>The stores are read anew for each connection, so that renewed certificates are taken up.
 */
@SuppressWarnings("overloads") // looking for such would need a servlet API, which ZooKeeper names and nobody here uses
public final class ServerIdentity extends X509AuthenticationProvider {

    private static final String SCHEME = "x509";
    private static final String TYPE = "PKCS12";

    private static volatile @Nullable TlsKeys current;

    /** For ZooKeeper. */
    public ServerIdentity() throws TrustManagerException, KeyManagerException {
        super(trust(known()), keys(known()));
    }

    /**
     * From now on, for all servers of this process.
     *
     * @throws IOException when the stores cannot be used; who the servers were before stays
     */
    static void become(TlsKeys identity) throws IOException {
        try {
            trust(identity);
            keys(identity);
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
        made.init(new KeyManager[] {keys(identity)}, new TrustManager[] {trust(identity)}, null);
        return made;
    }

    @Override
    public X509TrustManager getTrustManager() throws TrustManagerException {
        return trust(known());
    }

    @Override
    public X509KeyManager getKeyManager() throws KeyManagerException {
        return keys(known());
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
