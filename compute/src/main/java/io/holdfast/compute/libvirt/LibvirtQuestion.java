package io.holdfast.compute.libvirt;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.libvirt.Connect;
import org.libvirt.LibvirtException;

/**
 * Asks libvirt whether it is there, over a connection of its own: that of the driver may be busy, or be made anew.
 *
 * <p>For one thread, which is held for as long as the daemon says neither yes nor no: there is no keep-alive here, because a daemon
 * that hangs is just what is to be seen. When it ends, the kernel closes the connection, and the thread comes back.
 */
public final class LibvirtQuestion implements AutoCloseable {

    private final String uri;
    private @Nullable Connect connect;

    public LibvirtQuestion(String uri) {
        this.uri = uri;
    }

    /**
     * How many guests run, ours and others. The daemon's driver for guests answers that, not only its front door.
     *
     * @throws IOException when it cannot be had
     */
    public int runningGuests() throws IOException {
        try {
            Connect open = connect;
            if (open == null) {
                LibvirtEvents.ensureRunning();
                open = new Connect(uri);
                connect = open;
            }
            return open.numOfDomains();
        } catch (LibvirtException e) {
            close();
            throw new IOException("libvirt at " + uri + " cannot be reached: " + e.getMessage(), e);
        } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
            throw new IOException("libvirt's library cannot be loaded; install libvirt0", e);
        }
    }

    /** Not while a question is under way. */
    @Override
    public void close() {
        Connect open = connect;
        connect = null;
        if (open != null) {
            try {
                open.close();
            } catch (LibvirtException alreadyBroken) {
                // It was given up because it is.
                connect = null;
            }
        }
    }
}
