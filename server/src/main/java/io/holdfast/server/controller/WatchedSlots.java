package io.holdfast.server.controller;

import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.observer.LeaseFact;
import io.holdfast.fencing.observer.LeaseReader;
import io.holdfast.fencing.observer.SelfFenceDevice;
import io.holdfast.fencing.observer.SlotObserver;
import io.holdfast.membership.LeaseSight;
import io.holdfast.membership.SlotSign;
import io.holdfast.membership.zookeeper.ConfirmationWatch;
import io.holdfast.membership.zookeeper.Coordination;
import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.slot.Heartbeat;
import io.holdfast.slot.SlotFact;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The knot between slots, leases and fencing: fencing knows slots and no leases, membership knows leases and no slots. Any thread may
 * call.
 */
public final class WatchedSlots implements AutoCloseable {

    private final FencingSettings.Slot settings;
    private final ConfirmationWatch leases;
    private final SlotObserver slots;
    private final FenceDevice device;

    /** @param controller this controller's name, which hosts are told */
    WatchedSlots(FencingSettings.Slot settings, SegmentId segment, String controller, Coordination coordination) {
        this.settings = settings;
        this.leases = new ConfirmationWatch(coordination, segment, settings.lookInterval());
        this.slots = new SlotObserver(settings, segment, reader(leases));
        this.device = new SelfFenceDevice(slots, controller, InstantSource.system());
    }

    /** The device behind all entries of type self-fence. */
    FenceDevice device() {
        return device;
    }

    void start(Consumer<Map<HostId, SlotSign>> told) {
        leases.start();
        slots.start(facts -> told.accept(signs(facts, settings)));
    }

    /** A host that has claimed a slot and not yet spoken gives no sign. */
    public static Map<HostId, SlotSign> signs(Map<HostId, SlotFact> facts, FencingSettings.Slot settings) {
        Map<HostId, SlotSign> signs = new TreeMap<>();
        facts.forEach((host, fact) -> {
            switch (fact) {
                case SlotFact.Unreadable unreadable -> signs.put(host, new SlotSign.Unreadable(unreadable.reason()));
                case SlotFact.Seen seen -> {
                    Heartbeat beat = seen.beat();
                    if (beat != null) {
                        boolean late = seen.unchanged().compareTo(settings.lateAfter(beat.interval())) > 0;
                        signs.put(
                                host,
                                late
                                        ? new SlotSign.Still(beat.bootId(), seen.unchanged())
                                        : new SlotSign.Beating(beat.bootId()));
                    }
                }
            }
        });
        return signs;
    }

    private static LeaseReader reader(ConfirmationWatch leases) {
        return new LeaseReader() {
            @Override
            public void watch(Set<HostId> hosts) {
                leases.watch(hosts);
            }

            @Override
            public LeaseFact watched(HostId host) {
                return fact(leases.watched(host));
            }

            @Override
            public LeaseFact look(HostId host) {
                return fact(leases.look(host));
            }
        };
    }

    /** In the words of fencing. */
    public static LeaseFact fact(LeaseSight sight) {
        return switch (sight) {
            case LeaseSight.Unknown unknown -> new LeaseFact.Unknown(unknown.reason());
            case LeaseSight.Seen seen ->
                new LeaseFact.Seen(
                        seen.last().bootId(),
                        seen.last().selfFence(),
                        seen.confirms(),
                        seen.there(),
                        seen.unconfirmed());
        };
    }

    @Override
    public void close() {
        slots.close();
        leases.close();
    }
}
