package io.holdfast.fencing.ipmi.sim;

import io.holdfast.fencing.ipmi.rmcp.Bytes;
import io.holdfast.fencing.ipmi.rmcp.Completion;
import io.holdfast.fencing.ipmi.rmcp.IpmiMessage;
import io.holdfast.fencing.ipmi.sdr.SensorRecord;
import io.holdfast.fencing.sim.SimulatedHardware;
import io.holdfast.fencing.sim.SimulatedHardware.Bounds;
import io.holdfast.fencing.sim.SimulatedHardware.Component;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The sensors of a simulated BMC: its repository of records and its readings. One thread at a time.
 *
 * <p>It is of the awkward kind: a record is given in pieces of at most {@value #PIECE_MAX} octets, and whoever wants more at
 * once is refused.
 */
final class SensorBank {

    static final int PIECE_MAX = 24;

    private static final int EPOCH = 0x60000000;
    private static final int VERSION = 0x51;
    private static final int END = 0xffff;
    private static final int THRESHOLDS = 0x01;
    private static final int SPECIFIC = 0x6f;
    private static final int LATIN1 = 0xc0;

    private final SimulatedHardware hardware;
    private int reservation;
    private int reservedRevision;

    SensorBank(SimulatedHardware hardware) {
        this.hardware = hardware;
    }

    /** The answer to a command of the sensors, or to one of their records; "invalid command" to any other. */
    IpmiMessage answer(IpmiMessage request) {
        if (request.netFn() == IpmiMessage.NETFN_SENSOR) {
            return switch (request.command()) {
                case IpmiMessage.GET_SENSOR_READING -> reading(request);
                case IpmiMessage.GET_SENSOR_THRESHOLDS -> thresholds(request);
                default -> request.response(Completion.INVALID_COMMAND, Bytes.EMPTY);
            };
        }
        return switch (request.command()) {
            case IpmiMessage.GET_SDR_REPOSITORY_INFO -> info(request);
            case IpmiMessage.RESERVE_SDR_REPOSITORY -> reserve(request);
            case IpmiMessage.GET_SDR -> record(request);
            default -> request.response(Completion.INVALID_COMMAND, Bytes.EMPTY);
        };
    }

    private IpmiMessage info(IpmiMessage request) {
        int count = hardware.components().size();
        int addedAt = EPOCH + hardware.revision();
        // Free space unspecified; nothing ever removed; reservations are known.
        return request.response(
                Completion.OK,
                Bytes.of(VERSION, count, count >> 8, 0xff, 0xff)
                        .plus(Bytes.of(addedAt, addedAt >> 8, addedAt >> 16, addedAt >> 24))
                        .plus(Bytes.of(0, 0, 0, 0, 0x02)));
    }

    private IpmiMessage reserve(IpmiMessage request) {
        reservation = reservation % 0xfffe + 1;
        reservedRevision = hardware.revision();
        return request.response(Completion.OK, Bytes.of(reservation, reservation >> 8));
    }

    private IpmiMessage record(IpmiMessage request) {
        Bytes body = request.body();
        if (body.size() != 6) {
            return request.response(Completion.INVALID_LENGTH, Bytes.EMPTY);
        }
        int reserved = body.at(0) | body.at(1) << 8;
        int id = body.at(2) | body.at(3) << 8;
        int from = body.at(4);
        if ((from > 0 || reserved != 0)
                && (reserved != reservation || reservedRevision != hardware.revision() || reserved == 0)) {
            return request.response(Completion.RESERVATION_LOST, Bytes.EMPTY);
        }
        List<Component> components = hardware.components();
        int place = id == 0 ? 0 : id == END ? components.size() - 1 : id - 1;
        if (place < 0 || place >= components.size()) {
            return request.response(Completion.NOT_PRESENT, Bytes.EMPTY);
        }
        Bytes record = record(place, components.get(place));
        int to = Math.min(record.size(), from + body.at(5));
        if (from > record.size() || to - from > PIECE_MAX) {
            return request.response(Completion.TOO_MUCH_AT_ONCE, Bytes.EMPTY);
        }
        int next = place + 1 == components.size() ? END : place + 2;
        return request.response(Completion.OK, Bytes.of(next, next >> 8).plus(record.slice(from, to)));
    }

    private IpmiMessage reading(IpmiMessage request) {
        List<Component> components = hardware.components();
        if (request.body().size() != 1) {
            return request.response(Completion.INVALID_LENGTH, Bytes.EMPTY);
        }
        int place = request.body().at(0) - 1;
        if (place < 0 || place >= components.size()) {
            return request.response(Completion.NOT_PRESENT, Bytes.EMPTY);
        }
        Component component = components.get(place);
        return request.response(
                Completion.OK,
                switch (component.state()) {
                    case DISABLED -> Bytes.of(0, 0x80, 0, 0);
                    case UNREADABLE -> Bytes.of(0, 0xe0, 0, 0);
                    case OK, ABSENT, FAILING, FAILED, LOST ->
                        component.kind().measures()
                                ? Bytes.of(octet(component, component.value()), 0xc0, 0xc0 | crossed(component))
                                : Bytes.of(0, 0xc0, states(component), 0x80);
                });
    }

    private IpmiMessage thresholds(IpmiMessage request) {
        List<Component> components = hardware.components();
        int place = request.body().size() == 1 ? request.body().at(0) - 1 : -1;
        if (place < 0
                || place >= components.size()
                || !components.get(place).kind().measures()) {
            return request.response(Completion.NOT_PRESENT, Bytes.EMPTY);
        }
        Component component = components.get(place);
        Bounds bounds = component.bounds();
        return request.response(
                Completion.OK,
                Bytes.of(
                        readable(bounds),
                        octet(component, bounds.lowerWarning()),
                        octet(component, bounds.lowerCritical()),
                        octet(component, bounds.lowerFatal()),
                        octet(component, bounds.upperWarning()),
                        octet(component, bounds.upperCritical()),
                        octet(component, bounds.upperFatal())));
    }

    /** Which limits there are, one bit each (table 43-1, octets 19 and 20). */
    private static int readable(Bounds bounds) {
        double[] all = all(bounds);
        int mask = 0;
        for (int i = 0; i < all.length; i++) {
            mask |= Double.isNaN(all[i]) ? 0 : 1 << i;
        }
        return mask;
    }

    private static double[] all(Bounds bounds) {
        return new double[] {
            bounds.lowerWarning(),
            bounds.lowerCritical(),
            bounds.lowerFatal(),
            bounds.upperWarning(),
            bounds.upperCritical(),
            bounds.upperFatal()
        };
    }

    /** Which limits the value has reached, in the same order. */
    private static int crossed(Component component) {
        double[] all = all(component.bounds());
        int mask = 0;
        for (int i = 0; i < all.length; i++) {
            boolean beyond = i < 3 ? component.value() <= all[i] : component.value() >= all[i];
            mask |= beyond ? 1 << i : 0;
        }
        return mask;
    }

    private static int states(Component component) {
        return switch (component.state()) {
            case OK, UNREADABLE, DISABLED -> 0x01;
            case ABSENT -> 0;
            case FAILED -> 0x03;
            // "About to fail" has the same number for both kinds; only power supplies have an input to lose.
            case FAILING -> 0x05;
            case LOST -> component.kind() == SimulatedHardware.Kind.POWER_SUPPLY ? 0x09 : 0x03;
        };
    }

    /** In steps of the kind's own size; see {@link #record}. */
    private static int octet(Component component, double value) {
        if (Double.isNaN(value)) {
            return 0;
        }
        return switch (component.kind()) {
            case TEMPERATURE -> Math.clamp(Math.round(value), -128, 127) & 0xff;
            case FAN -> Math.clamp(Math.round(value / 100), 0, 255);
            case VOLTAGE -> Math.clamp(Math.round(value * 10), 0, 255);
            case POWER_SUPPLY, DRIVE -> 0;
        };
    }

    private static Bytes record(int place, Component component) {
        Bytes name = Bytes.of(component.name().getBytes(StandardCharsets.ISO_8859_1));
        Bytes rest = component.kind().measures() ? full(place, component) : compact(place, component);
        Bytes body = rest.plus(Bytes.of(LATIN1 | name.size())).plus(name);
        int id = place + 1;
        return Bytes.of(
                        id,
                        id >> 8,
                        VERSION,
                        component.kind().measures() ? SensorRecord.FULL : SensorRecord.COMPACT,
                        body.size())
                .plus(body);
    }

    /** Owner, door, number, entity, instance, initialized and watched, capabilities, type, kind of reading. */
    private static Bytes head(int place, int capabilities, int entity, int type, int kind) {
        return Bytes.of(SensorRecord.OWNER_BMC, 0, place + 1, entity, place + 1, 0x7f, capabilities, type, kind);
    }

    private static Bytes full(int place, Component component) {
        Bounds bounds = component.bounds();
        int readable = readable(bounds);
        // Type, entity, signed or not, unit, factor, and the power of ten of the result.
        int[] as = switch (component.kind()) {
            case TEMPERATURE -> new int[] {0x01, 0x37, 0x80, 1, 1, 0};
            case FAN -> new int[] {0x04, 0x1d, 0x00, 18, 100, 0};
            case VOLTAGE, POWER_SUPPLY, DRIVE -> new int[] {0x02, 0x07, 0x00, 4, 1, 0xf0};
        };
        return head(place, 0x68, as[1], as[0], THRESHOLDS)
                .plus(Bytes.of(0, (readable & 7) << 4, 0, (readable >> 3 & 7) << 4, readable, 0))
                .plus(Bytes.of(as[2], as[3], 0, 0, as[4], 0, 0, 0, 0, as[5], 0, 0, 0, 0, 0xff, 0))
                .plus(Bytes.of(
                        octet(component, bounds.upperFatal()),
                        octet(component, bounds.upperCritical()),
                        octet(component, bounds.upperWarning()),
                        octet(component, bounds.lowerFatal()),
                        octet(component, bounds.lowerCritical()),
                        octet(component, bounds.lowerWarning())))
                .plus(Bytes.of(0, 0, 0, 0, 0));
    }

    private static Bytes compact(int place, Component component) {
        boolean supply = component.kind() == SimulatedHardware.Kind.POWER_SUPPLY;
        int states = supply ? 0x0f : 0x07;
        return head(place, 0x40, supply ? 0x0a : 0x04, supply ? 0x08 : 0x0d, SPECIFIC)
                .plus(Bytes.of(states, 0, states, 0, states, 0))
                .plus(Bytes.of(0xc0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0));
    }
}
