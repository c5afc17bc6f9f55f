package io.holdfast.fencing.ipmi.sdr;

import io.holdfast.fencing.HardwareHealth.Limits;
import io.holdfast.fencing.ipmi.rmcp.Bytes;
import io.holdfast.fencing.ipmi.rmcp.GarbledException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One sensor, as a record of the repository describes it (sections 43.1 and 43.2).
 *
 * @param owner whose sensor it is: {@code 0x20} is the BMC itself
 * @param lun at which of the owner's doors it is asked for
 * @param number by which it is asked for
 * @param type what it watches (table 42-3)
 * @param reading what its reading is: 1 a value with thresholds, others states (table 42-1)
 * @param name as the maker gave it; if there was none, its number
 * @param scale null where it measures nothing
 * @param limits of what it measures
 */
public record SensorRecord(
        int owner,
        int lun,
        int number,
        int type,
        int reading,
        String name,
        String unit,
        @Nullable SensorScale scale,
        Limits limits) {

    public static final int FULL = 0x01;
    public static final int COMPACT = 0x02;

    /** Record id, version, type, length: in front of each record. */
    public static final int HEADER_BYTES = 5;

    public static final int OWNER_BMC = 0x20;

    private static final int FULL_NAME_AT = 47;
    private static final int COMPACT_NAME_AT = 31;

    /** The letters of BCD plus (section 43.15). */
    private static final String BCD = "0123456789 -.:,_";

    /** Whether it measures something and knows when that is out of bounds. */
    public boolean hasThresholds() {
        return reading == 1;
    }

    /** Whether a record of that type describes sensors that can be read. */
    public static boolean describes(int recordType) {
        return recordType == FULL || recordType == COMPACT;
    }

    /**
     * What a whole record describes: one sensor, several that share a compact record, none where it is about something else.
     *
     * @throws GarbledException if it is shorter than its kind is
     */
    public static List<SensorRecord> parse(Bytes record) throws GarbledException {
        if (record.size() < HEADER_BYTES) {
            throw new GarbledException("a sensor record of " + record.size() + " bytes");
        }
        return switch (record.at(3)) {
            case FULL -> List.of(full(record));
            case COMPACT -> compact(record);
            default -> List.of();
        };
    }

    private static void need(Bytes record, int bytes) throws GarbledException {
        if (record.size() < bytes) {
            throw new GarbledException(
                    "a sensor record ends after " + record.size() + " of at least " + bytes + " bytes");
        }
    }

    private static SensorRecord full(Bytes record) throws GarbledException {
        need(record, FULL_NAME_AT + 1);
        SensorScale scale = SensorScale.of(record.at(20), record.slice(23, 30));
        return new SensorRecord(
                record.at(5),
                record.at(6) & 3,
                record.at(7),
                record.at(12),
                record.at(13),
                named(name(record, FULL_NAME_AT), record.at(7)),
                SensorUnit.of(record.at(20), record.at(21), record.at(22)),
                scale,
                limits(record.at(18), record.slice(36, 42), scale));
    }

    private static List<SensorRecord> compact(Bytes record) throws GarbledException {
        need(record, COMPACT_NAME_AT + 1);
        int shares = Math.max(1, record.at(23) & 0x0f);
        String name = name(record, COMPACT_NAME_AT);
        List<SensorRecord> sensors = new ArrayList<>();
        for (int i = 0; i < shares; i++) {
            int number = record.at(7) + i & 0xff;
            sensors.add(new SensorRecord(
                    record.at(5),
                    record.at(6) & 3,
                    number,
                    record.at(12),
                    record.at(13),
                    named(shares == 1 || name.isEmpty() ? name : name + suffix(record, i), number),
                    SensorUnit.of(record.at(20), record.at(21), record.at(22)),
                    null,
                    Limits.NONE));
        }
        return List.copyOf(sensors);
    }

    /** Those that share a record have the record's name, and a number or a letter after it. */
    private static String suffix(Bytes record, int place) {
        int instance = (record.at(24) & 0x7f) + place;
        if ((record.at(23) >> 4 & 3) == 0) {
            return Integer.toString(instance);
        }
        // Letters count A to Z, then AA to AZ, and so on.
        String last = Character.toString('A' + instance % 26);
        return instance < 26 ? last : Character.toString('A' + instance / 26 - 1) + last;
    }

    private static String named(String name, int number) {
        return name.isEmpty() ? "sensor 0x%02x".formatted(number) : name;
    }

    private static Limits limits(int readable, Bytes raw, SensorScale scale) {
        return new Limits(
                limit(readable, 2, raw.at(3), scale),
                limit(readable, 1, raw.at(4), scale),
                limit(readable, 0, raw.at(5), scale),
                limit(readable, 3, raw.at(2), scale),
                limit(readable, 4, raw.at(1), scale),
                limit(readable, 5, raw.at(0), scale));
    }

    private static @Nullable String limit(int readable, int bit, int octet, SensorScale scale) {
        String text =
                (readable >> bit & 1) == 0 ? "" : Objects.requireNonNull(scale).text(octet);
        return text.isEmpty() ? null : text;
    }

    /** As much of the name as there is: some makers give its length wrong. */
    private static String name(Bytes record, int at) {
        int kind = record.at(at) >> 6;
        int length = record.at(at) & 0x1f;
        Bytes octets = record.slice(at + 1, Math.min(record.size(), at + 1 + length));
        String name = switch (kind) {
            case 1 -> bcd(octets);
            case 2 -> sixBits(octets);
            default -> new String(octets.toArray(), StandardCharsets.ISO_8859_1);
        };
        return visible(name);
    }

    private static String bcd(Bytes octets) {
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < octets.size(); i++) {
            name.append(BCD.charAt(octets.at(i) >> 4)).append(BCD.charAt(octets.at(i) & 0x0f));
        }
        return name.toString();
    }

    /** Four letters in three octets, the first in the lowest bits. */
    private static String sixBits(Bytes octets) {
        StringBuilder name = new StringBuilder();
        int bits = 0;
        int count = 0;
        for (int i = 0; i < octets.size(); i++) {
            bits |= octets.at(i) << count;
            count += 8;
            while (count >= 6) {
                name.append((char) (0x20 + (bits & 0x3f)));
                bits >>= 6;
                count -= 6;
            }
        }
        return name.toString();
    }

    /** A name goes into logs and onto terminals: what is no letter there becomes a blank. */
    private static String visible(String name) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            char letter = name.charAt(i);
            boolean shown = (letter >= 0x20 && letter < 0x7f) || letter >= 0xa1;
            plain.append(shown ? letter : ' ');
        }
        return plain.toString().strip();
    }
}
