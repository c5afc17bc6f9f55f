package io.holdfast.compute.libvirt;

import com.sun.jna.Pointer;
import io.holdfast.compute.WatchdogAction;
import io.holdfast.model.InstanceId;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.libvirt.Connect;
import org.libvirt.LibvirtException;
import org.libvirt.jna.ConnectionPointer;
import org.libvirt.jna.DomainPointer;
import org.libvirt.jna.Libvirt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to libvirt that also tells of watchdogs that have bitten, for which libvirt's Java library has no word.
 *
 * <p>The callback runs on libvirt's event thread, where no question may be asked; the id of a domain is read from our own
 * memory. It is held by this connection, so that it is not collected while native code points to it.
 */
final class WatchdogEvents extends Connect {

    private static final Logger log = LoggerFactory.getLogger(WatchdogEvents.class);

    /** {@code VIR_DOMAIN_EVENT_ID_WATCHDOG}. */
    private static final int EVENT = 3;

    /** Of a text of 36 letters and its end. */
    private static final int UUID_BYTES = 37;

    private Libvirt.VirConnectDomainEventPMChangeCallback callback = (connection, domain, action, opaque) -> {};
    private int registration = -1;

    WatchdogEvents(String uri) throws LibvirtException {
        super(uri);
    }

    /**
     * @param consumer told of any domain whose id is a UUID, also of one that is none of ours; must not block
     * @return false when libvirt does not take it
     */
    boolean listen(BiConsumer<InstanceId, WatchdogAction> consumer) {
        // The same arguments as this event has: a number, which here is what the device did.
        callback = (ConnectionPointer connection, DomainPointer domain, int action, Pointer opaque) -> {
            byte[] text = new byte[UUID_BYTES];
            if (Libvirt.INSTANCE.virDomainGetUUIDString(domain, text) != 0) {
                log.warn("libvirt told of a watchdog and not whose it is");
                return;
            }
            consumer.accept(InstanceId.of(UUID.fromString(com.sun.jna.Native.toString(text))), read(action));
        };
        registration = Libvirt.INSTANCE.virConnectDomainEventRegisterAny(vcp, null, EVENT, callback, null, null);
        return registration >= 0;
    }

    /** Tells no more. Asks libvirt, which may hang. */
    void ignore() {
        if (registration >= 0) {
            var _ = Libvirt.INSTANCE.virConnectDomainEventDeregisterAny(vcp, registration);
            registration = -1;
        }
    }

    /** {@code virDomainEventWatchdogAction}; what we never ask for counts as nothing done. */
    static WatchdogAction read(int action) {
        return switch (action) {
            case 1 -> WatchdogAction.PAUSE;
            case 2 -> WatchdogAction.RESET;
            case 3 -> WatchdogAction.POWEROFF;
            default -> WatchdogAction.NONE;
        };
    }
}
