package io.holdfast.compute.libvirt;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.libvirt.Connect;
import org.libvirt.ErrorCallback;
import org.libvirt.Library;
import org.libvirt.LibvirtException;
import org.libvirt.jna.Libvirt;
import org.libvirt.jna.virError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * libvirt's event loop, of which a process has exactly one, whoever wants it.
 *
 * <p>It is the one static state of this package, because it is one in the native library: it must be registered before
 * the first connection of the process is opened, it must keep running while any is open, and it cannot be registered
 * twice.
 */
final class LibvirtEvents {

    private static final Logger log = LoggerFactory.getLogger(LibvirtEvents.class);

    /** Held here so that it is not collected while native code points to it. */
    private static final Libvirt.VirErrorCallback SILENT = new Silent();

    @GuardedBy("LibvirtEvents.class")
    private static boolean running;

    private LibvirtEvents() {}

    /** Starts the loop once in the life of the process. */
    static synchronized void ensureRunning() throws LibvirtException {
        if (running) {
            return;
        }
        Connect.setErrorCallback(SILENT);
        Library.initEventLoop();
        Thread.ofPlatform().daemon().name("libvirt-events").start(LibvirtEvents::loop);
        running = true;
    }

    private static void loop() {
        while (true) {
            try {
                Library.processEvent();
            } catch (LibvirtException e) {
                // Without the loop there are no keep-alives and no events; the next turn may do better.
                log.warn("libvirt event loop failed once reason={}", e.getMessage());
                try {
                    Thread.sleep(100);
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }

    /** Each error reaches us as an exception too; printed to standard error by libvirt it would only be noise. */
    private static final class Silent extends ErrorCallback {
        @Override
        public void errorCallback(com.sun.jna.Pointer data, virError error) {}
    }
}
