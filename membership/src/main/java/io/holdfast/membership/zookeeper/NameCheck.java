package io.holdfast.membership.zookeeper;

/**
 * Whether ZooKeeper's client compares the names in a server's certificate with the address that it has called. It must not:
 * see {@link Coordination}.
 *
 * <p>ZooKeeper has a setting for that and leaves the rest to Netty, which compares names since 4.2 whatever that setting says, unless
 * a system property forbids it. Netty reads the property once, when anything in the process first uses its TLS: as a server too, and
 * be it for gRPC. So it has to be set before that, or it has no effect as long as the process lives. gRPC and Vert.x choose for
 * themselves and are not touched by it.
 */
public final class NameCheck {

    private static final String PROPERTY = "io.netty.handler.ssl.defaultEndpointVerificationAlgorithm";

    private NameCheck() {}

    /**
     * Servers and clients of this package call it when they are made; a process that uses TLS for anything before that has to call
     * it first. Does nothing when somebody has chosen on the command line of the JVM.
     */
    public static void switchOff() {
        if (System.getProperty(PROPERTY) == null) {
            System.setProperty(PROPERTY, "NONE");
        }
    }
}
