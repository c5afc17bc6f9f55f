package io.holdfast.membership.zookeeper;

import java.security.GeneralSecurityException;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.apache.zookeeper.common.X509Exception;

/**
 * Who a ZooKeeper server in this process is towards the other servers: the same as {@linkplain ServerIdentity towards clients}. ZooKeeper
 * makes it by its class name, once per process, so that a renewed certificate counts there from the next start on.
 */
public final class QuorumIdentity implements Supplier<SSLContext> {

    /** For ZooKeeper. */
    public QuorumIdentity() {}

    /** @throws IllegalStateException when the stores cannot be used */
    @Override
    public SSLContext get() {
        try {
            return ServerIdentity.context();
        } catch (GeneralSecurityException | X509Exception e) {
            throw new IllegalStateException("the certificates of this server cannot be used: " + e.getMessage(), e);
        }
    }
}
