package io.holdfast.membership.core;

import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Network;
import io.holdfast.membership.SlotSign;
import io.holdfast.membership.health.Column;
import io.holdfast.membership.health.HealthRow;
import io.holdfast.membership.health.HealthTable;
import io.holdfast.membership.health.Reading;
import io.holdfast.model.PowerState;
import java.util.Map;
import java.util.TreeMap;

/** What the health table sees of a host, and says of it: each signal by the time that it must have lasted to count. Pure. */
final class Readings {

    private final MembershipSettings settings;
    private final HostCalls calls;
    private final HealthTable table;

    Readings(MembershipSettings settings, HostCalls calls) {
        this.settings = settings;
        this.calls = calls;
        this.table = new HealthTable(settings.health());
    }

    HealthRow row(HostView host, Moment now) {
        return table.rowFor(of(host, now));
    }

    HealthRow row(Reading reading) {
        return table.rowFor(reading);
    }

    Reading of(HostView host, Moment now) {
        PowerState power = host.power().answer();
        Reading reading = Reading.NOTHING
                .with(Column.LEASE, lease(host, now))
                .with(Column.NETWORKS, networks(host, now))
                .with(Column.SLOT, slot(host, now))
                .with(Column.PROBE, calls.reading(host, now))
                .with(Column.GUESTS, guests(host, now))
                .with(Column.POWER, power == null ? PowerState.UNKNOWN : power);
        Signs.Words words = host.words();
        if (words != null && host.lease() instanceof Presence.Present) {
            Column.Health health = AgentWords.reading(words, now);
            reading = reading.with(Column.HEALTH, health);
            if (health == Column.Health.FRESH) {
                for (Signs.Word word : words.words()) {
                    reading = reading.with(
                            Column.of(word.finding().aspect()), word.finding().grade());
                }
            }
        }
        Signs.Hardware hardware = host.signs().hardware();
        if (hardware != null) {
            reading = reading.with(Column.HARDWARE, hardware.sign().grade());
        }
        Map<Network, Presence> each = host.places().each();
        // Rows that name a network are rare, and of the management network alone "networks" says all.
        return each.size() < 2 ? reading : reading.with(places(each, now));
    }

    /**
     * Whether it is this controller's own fault that nothing is known of what the host's agent finds. Who ailed by its agent's word must
     * not pass for well then.
     */
    boolean isUnread(HostView host, Moment now) {
        Signs.Words words = host.words();
        return words != null && AgentWords.isUnread(words, now);
    }

    private Column.Lease lease(HostView host, Moment now) {
        return switch (host.lease()) {
            case Presence.Present _ -> Column.Lease.HELD;
            case Presence.Absent absent ->
                now.hasPassed(absent.since(), settings.leaseTime()) ? Column.Lease.GONE : Column.Lease.MISSING;
            case Presence.Never _, Presence.Unknown _ -> Column.Lease.UNKNOWN;
        };
    }

    private Column.Networks networks(HostView host, Moment now) {
        return switch (host.group()) {
            case Presence.Present _ -> {
                for (Presence place : host.places().each().values()) {
                    if (isGone(place, now)) {
                        yield Column.Networks.SOME;
                    }
                }
                yield Column.Networks.ALL;
            }
            case Presence.Unknown _ -> Column.Networks.UNKNOWN;
            // Its lease is new, and it has not been looked for yet.
            case Presence.Never _ when host.lease() instanceof Presence.Present -> Column.Networks.ALL;
            // A host that died before this controller ever heard it in the group is silent there like any other: had it
            // lived, it would have joined within the group's time. Without this, a host that dies right after a restart
            // of the controller would be held for ever. Whether we could have heard it at all is asked elsewhere.
            case Presence.Never never ->
                now.hasPassed(never.since(), settings.groupTime()) ? Column.Networks.NONE : Column.Networks.MISSING;
            case Presence.Absent absent -> isGone(absent, now) ? Column.Networks.NONE : Column.Networks.MISSING;
        };
    }

    private Map<Network, Column.Place> places(Map<Network, Presence> each, Moment now) {
        Map<Network, Column.Place> places = new TreeMap<>();
        each.forEach((network, place) -> places.put(
                network,
                place instanceof Presence.Present
                        ? Column.Place.PRESENT
                        : isGone(place, now) ? Column.Place.GONE : Column.Place.UNKNOWN));
        return places;
    }

    private boolean isGone(Presence place, Moment now) {
        return place instanceof Presence.Absent && now.hasPassed(place.since(), settings.groupTime());
    }

    /** A write is a sign of life for as long as a heartbeat in the slot is: both are something that somebody there wrote. */
    private Column.Guests guests(HostView host, Moment now) {
        return host.signs().guests().reading(Guests.countedSince(host.standing()), now, settings.slotTime());
    }

    /** A view that nobody has renewed for so long says nothing of now: whoever reads the slots may stand still. */
    private Column.Slot slot(HostView host, Moment now) {
        Signs.Slot slot = host.signs().slot();
        if (slot == null) {
            return Column.Slot.NONE;
        }
        if (now.hasPassed(slot.readAt(), settings.slotTime())) {
            return Column.Slot.UNREADABLE;
        }
        return switch (slot.sign()) {
            case SlotSign.Beating _ -> Column.Slot.BEATING;
            case SlotSign.Still still when isOfEarlierLife(still, host, now) -> Column.Slot.NONE;
            case SlotSign.Still still ->
                still.still().compareTo(settings.slotTime()) < 0 ? Column.Slot.BEATING : Column.Slot.STILL;
            case SlotSign.Unreadable _ -> Column.Slot.UNREADABLE;
        };
    }

    /**
     * A host that has just booted finds the slot as its last boot left it, which may have been hours ago. It has as long to write there
     * itself as any slot may stand still; its lease, which needs no storage, may be there before.
     */
    private boolean isOfEarlierLife(SlotSign.Still still, HostView host, Moment now) {
        return host.registration() != null
                && !host.registration().bootId().equals(still.boot())
                && host.lease() instanceof Presence.Present lease
                && !now.hasPassed(lease.since(), settings.slotTime());
    }
}
