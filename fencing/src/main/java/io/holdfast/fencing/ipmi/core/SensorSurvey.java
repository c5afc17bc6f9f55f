package io.holdfast.fencing.ipmi.core;

import io.holdfast.fencing.HardwareHealth;
import io.holdfast.fencing.HardwareHealth.Finding;
import io.holdfast.fencing.HardwareHealth.Grade;
import io.holdfast.fencing.HardwareHealth.Limits;
import io.holdfast.fencing.ipmi.rmcp.Bytes;
import io.holdfast.fencing.ipmi.rmcp.Completion;
import io.holdfast.fencing.ipmi.rmcp.GarbledException;
import io.holdfast.fencing.ipmi.rmcp.IpmiMessage;
import io.holdfast.fencing.ipmi.sdr.SensorReading;
import io.holdfast.fencing.ipmi.sdr.SensorRecord;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a BMC says of its machine's hardware: the chassis' faults, then what sensors there are, then what each reads.
 *
 * <pre>
 * CHASSIS  --status------------->  INFO      how many records are there, and since when?
 * INFO     --as remembered------>  READING
 * INFO     --others------------->  RESERVE   so that we learn when they change while we read
 * RESERVE  --reserved----------->  HEADER
 * HEADER   --a sensor's--------->  BODY      as much at once as the device can give
 * HEADER   --another's---------->  HEADER    of the next record
 * BODY     --whole-------------->  HEADER    of the next record; after the last, READING
 * HEADER, BODY --they changed--->  RESERVE   from the first record, a few times
 * READING  --read, or not------->  READING   the next sensor; after the last, the end
 * </pre>
 *
 * <p>Whatever goes wrong after the chassis' status leaves what is known so far, with the name of the trouble. A record that is
 * garbage and a sensor that does not answer are unknown, and the others are read. All of it is bounded: records may be many, name
 * each other in a circle, or change for ever.
 */
public final class SensorSurvey implements Work {

    /** The largest machines have some three hundred. Too small: a fan is not looked at; too large: a liar keeps us busy. */
    static final int RECORDS_MAX = 1024;

    /** How many are asked for their readings. */
    static final int SENSORS_MAX = 512;

    /** How often we begin again because the records changed. */
    static final int CHANGES_MAX = 3;

    /** Records that could not be read, of which each is named. */
    private static final int GARBLED_MAX = 16;

    /** How often a sensor may say "not now". */
    private static final int SENSOR_PATIENCE = 2;

    /** The last record is followed by this one, which is none. */
    private static final int END = 0xffff;

    /** As many octets of a record at once as there can be; devices that cannot say so, and get half of it. */
    private static final int CHUNK_MAX = 0xff;

    private static final int CHUNK_MIN = 4;
    private static final int INFO_BYTES = 13;

    private enum Stage {
        CHASSIS,
        INFO,
        RESERVE,
        HEADER,
        BODY,
        READING
    }

    /** What was found out; each stage adds to it. */
    private record Known(
            @Nullable SensorRecords remembered,
            List<Finding> chassis,
            boolean power,
            Bytes mark,
            int changes,
            List<SensorRecord> sensors,
            List<Finding> garbled,
            List<Finding> readings,
            String trouble) {

        Known beganAgain() {
            return new Known(null, chassis, power, mark, changes + 1, List.of(), List.of(), readings, trouble);
        }

        Known marked(Bytes now) {
            return new Known(null, chassis, power, now, changes, sensors, garbled, readings, trouble);
        }

        Known having(SensorRecords records) {
            return new Known(
                    null, chassis, power, records.mark(), 0, records.sensors(), records.garbled(), readings, trouble);
        }

        Known with(List<SensorRecord> more) {
            return new Known(null, chassis, power, mark, changes, plus(sensors, more), garbled, readings, trouble);
        }

        Known withGarbled(Finding one) {
            return garbled.size() >= GARBLED_MAX
                    ? this
                    : new Known(
                            null,
                            chassis,
                            power,
                            mark,
                            changes,
                            sensors,
                            plus(garbled, List.of(one)),
                            readings,
                            trouble);
        }

        Known read(Finding one) {
            return new Known(
                    remembered, chassis, power, mark, changes, sensors, garbled, plus(readings, List.of(one)), trouble);
        }

        Known troubledBy(String what) {
            return new Known(null, chassis, power, mark, changes, sensors, garbled, readings, what);
        }

        private static <T> List<T> plus(List<T> some, List<T> more) {
            List<T> all = new ArrayList<>(some);
            all.addAll(more);
            return List.copyOf(all);
        }
    }

    /**
     * Where we are in the records.
     *
     * @param reservation by which we learn that they changed; 0 where the device knows none
     * @param id of the record that is read
     * @param following the one after it
     * @param count how many were begun
     * @param octets of this record, so far
     * @param chunk how many octets are asked for at once
     */
    private record Page(int reservation, int id, int following, int count, Bytes octets, int chunk) {

        static final Page FIRST = new Page(0, 0, END, 0, Bytes.EMPTY, CHUNK_MAX);

        Page reserved(int as) {
            return new Page(as, 0, END, 0, Bytes.EMPTY, chunk);
        }

        Page next() {
            return new Page(reservation, following, END, count + 1, Bytes.EMPTY, chunk);
        }

        Page has(int after, Bytes all) {
            return new Page(reservation, id, after, count, all, chunk);
        }

        Page smaller() {
            return new Page(reservation, id, following, count, octets, Math.min(chunk, missing()) / 2);
        }

        /** How many octets the header promises that are not there yet. */
        int missing() {
            return octets.at(SensorRecord.HEADER_BYTES - 1) + SensorRecord.HEADER_BYTES - octets.size();
        }
    }

    private final Stage stage;
    private final Known known;
    private final Page page;

    private SensorSurvey(Stage stage, Known known, Page page) {
        this.stage = stage;
        this.known = known;
        this.page = page;
    }

    /** @param remembered from an earlier survey of the same device, or null */
    public static SensorSurvey begin(@Nullable SensorRecords remembered) {
        return new SensorSurvey(
                Stage.CHASSIS,
                new Known(remembered, List.of(), true, Bytes.EMPTY, 0, List.of(), List.of(), List.of(), ""),
                Page.FIRST);
    }

    @Override
    public boolean order() {
        return false;
    }

    @Override
    public boolean repeatable() {
        return true;
    }

    @Override
    public int patience() {
        return stage == Stage.READING ? SENSOR_PATIENCE : Integer.MAX_VALUE;
    }

    @Override
    public String subject() {
        return switch (stage) {
            case CHASSIS -> "the chassis' status";
            case INFO, RESERVE, HEADER, BODY -> "what sensors it has";
            case READING -> "what sensor " + sensor().name() + " reads";
        };
    }

    @Override
    public IpmiMessage request(int sequence) {
        return switch (stage) {
            case CHASSIS -> ChassisAct.STATUS.request(sequence);
            case INFO -> storage(IpmiMessage.GET_SDR_REPOSITORY_INFO, sequence, Bytes.EMPTY);
            case RESERVE -> storage(IpmiMessage.RESERVE_SDR_REPOSITORY, sequence, Bytes.EMPTY);
            case HEADER -> part(sequence, 0, SensorRecord.HEADER_BYTES);
            case BODY -> part(sequence, page.octets.size(), Math.min(page.chunk, page.missing()));
            case READING ->
                IpmiMessage.request(
                        IpmiMessage.NETFN_SENSOR,
                        IpmiMessage.GET_SENSOR_READING,
                        sequence,
                        Bytes.of(sensor().number()));
        };
    }

    private static IpmiMessage storage(int command, int sequence, Bytes data) {
        return IpmiMessage.request(IpmiMessage.NETFN_STORAGE, command, sequence, data);
    }

    private IpmiMessage part(int sequence, int from, int count) {
        return storage(
                IpmiMessage.GET_SDR,
                sequence,
                Bytes.of(page.reservation, page.reservation >> 8, page.id, page.id >> 8, from, count));
    }

    private SensorRecord sensor() {
        return known.sensors.get(known.readings.size());
    }

    @Override
    public Turn answered(int completion, Bytes data) {
        return switch (stage) {
            case CHASSIS -> chassis(completion, data);
            case INFO -> info(completion, data);
            case RESERVE -> reserved(completion, data);
            case HEADER -> header(completion, data);
            case BODY -> body(completion, data);
            case READING -> reading(completion, data);
        };
    }

    private Turn chassis(int completion, Bytes data) {
        if (completion != Completion.OK) {
            return new Turn.Refused("to tell the chassis' status");
        }
        if (data.size() < 3) {
            return new Turn.Garbled("the answer to \"get chassis status\" has " + data.size() + " bytes");
        }
        ChassisStatus status = new ChassisStatus(data);
        return new Turn.Next(new SensorSurvey(
                Stage.INFO,
                new Known(
                        known.remembered,
                        status.findings(),
                        status.hasPower(),
                        Bytes.EMPTY,
                        0,
                        List.of(),
                        List.of(),
                        List.of(),
                        ""),
                page));
    }

    private Turn info(int completion, Bytes data) {
        if (completion == Completion.INVALID_COMMAND) {
            return end(known.troubledBy("the device keeps no records of its sensors"));
        }
        if (completion != Completion.OK) {
            return new Turn.Refused("to tell what sensors it has");
        }
        if (data.size() < INFO_BYTES) {
            return new Turn.Garbled("the answer to \"get SDR repository info\" has " + data.size() + " bytes");
        }
        // The number of records, and the times; not what is free, which is another's business.
        Bytes mark = data.slice(1, 3).plus(data.slice(5, 13));
        SensorRecords remembered = known.remembered;
        if (remembered != null && remembered.isOf(mark)) {
            return read(known.having(remembered));
        }
        return (data.at(1) | data.at(2)) == 0
                ? read(known.marked(mark))
                : new Turn.Next(new SensorSurvey(Stage.RESERVE, known.marked(mark), page));
    }

    private Turn reserved(int completion, Bytes data) {
        if (completion == Completion.INVALID_COMMAND) {
            // Where one cannot reserve, the number 0 stands for no reservation (section 33.11).
            return header(known, page.reserved(0));
        }
        if (completion != Completion.OK) {
            return new Turn.Refused("to reserve the sensor records");
        }
        return data.size() < 2
                ? new Turn.Garbled("the answer to \"reserve SDR repository\" has " + data.size() + " bytes")
                : header(known, page.reserved(data.at(0) | data.at(1) << 8));
    }

    private Turn header(int completion, Bytes data) {
        if (completion == Completion.RESERVATION_LOST) {
            return beginAgain();
        }
        if (completion != Completion.OK) {
            return completion == Completion.INSUFFICIENT_PRIVILEGE
                    ? new Turn.Refused("to read the sensor records")
                    : read(known.troubledBy("the device does not give sensor record 0x%04x (completion code 0x%02x)"
                            .formatted(page.id, completion)));
        }
        if (data.size() < 2 + SensorRecord.HEADER_BYTES) {
            return read(known.troubledBy(
                    "garbled: the header of sensor record 0x%04x has %d bytes".formatted(page.id, data.size())));
        }
        int following = data.at(0) | data.at(1) << 8;
        Page begun = page.has(following, data.slice(2, 2 + SensorRecord.HEADER_BYTES));
        return SensorRecord.describes(begun.octets.at(3)) && begun.missing() > 0
                ? new Turn.Next(new SensorSurvey(Stage.BODY, known, begun))
                : recordRead(begun);
    }

    private Turn body(int completion, Bytes data) {
        return switch (completion) {
            case Completion.OK -> {
                if (data.size() <= 2) {
                    yield following(known.withGarbled(garbled("the device gives nothing of it")), page);
                }
                int count = Math.min(data.size() - 2, page.missing());
                Page more = page.has(page.following, page.octets.plus(data.slice(2, 2 + count)));
                yield more.missing() > 0 ? new Turn.Next(new SensorSurvey(Stage.BODY, known, more)) : recordRead(more);
            }
            case Completion.RESERVATION_LOST -> beginAgain();
            case Completion.TOO_MUCH_AT_ONCE,
                    Completion.INVALID_LENGTH,
                    Completion.TOO_LONG,
                    Completion.INVALID_FIELD,
                    Completion.UNSPECIFIED -> {
                Page smaller = page.smaller();
                yield smaller.chunk < CHUNK_MIN
                        ? following(known.withGarbled(refusedRecord(completion)), page)
                        : new Turn.Next(new SensorSurvey(Stage.BODY, known, smaller));
            }
            default -> following(known.withGarbled(refusedRecord(completion)), page);
        };
    }

    private Finding refusedRecord(int completion) {
        return garbled("the device does not give it (completion code 0x%02x)".formatted(completion));
    }

    private Finding garbled(String what) {
        return new Finding("record 0x%04x".formatted(page.id), "sensor", "", "", Limits.NONE, what, Grade.UNKNOWN);
    }

    private Turn recordRead(Page whole) {
        try {
            List<SensorRecord> told = SensorRecord.parse(whole.octets).stream()
                    .filter(SensorReading::tells)
                    .toList();
            return following(known.with(told), whole);
        } catch (GarbledException e) {
            return following(known.withGarbled(garbled("garbled: " + e.getMessage())), whole);
        }
    }

    private Turn following(Known now, Page done) {
        if (now.sensors.size() > SENSORS_MAX) {
            Known cut = new Known(
                    null,
                    now.chassis,
                    now.power,
                    now.mark,
                    now.changes,
                    now.sensors.subList(0, SENSORS_MAX),
                    now.garbled,
                    now.readings,
                    "the device has more than " + SENSORS_MAX + " sensors; the others are not read");
            return read(cut);
        }
        if (done.following == END) {
            return read(now);
        }
        // A circle of records ends here as well.
        return done.count + 1 >= RECORDS_MAX
                ? read(now.troubledBy("there is no end to the sensor records after " + RECORDS_MAX + " of them"))
                : header(now, done.next());
    }

    private static Turn header(Known now, Page at) {
        return new Turn.Next(new SensorSurvey(Stage.HEADER, now, at));
    }

    private Turn beginAgain() {
        return known.changes >= CHANGES_MAX
                ? read(known.troubledBy(
                        "the sensor records change while they are read, " + (CHANGES_MAX + 1) + " times in a row"))
                : new Turn.Next(new SensorSurvey(Stage.RESERVE, known.beganAgain(), page));
    }

    private Turn reading(int completion, Bytes data) {
        if (completion == Completion.INSUFFICIENT_PRIVILEGE) {
            return new Turn.Refused("to read sensors");
        }
        return read(known.read(
                switch (completion) {
                    case Completion.OK -> judged(SensorReading.of(sensor(), data));
                    case Completion.NOT_PRESENT -> SensorReading.unknown(sensor(), "not present");
                    case Completion.NOT_IN_THIS_STATE -> SensorReading.unknown(sensor(), "no reading in this state");
                    default ->
                        SensorReading.unknown(
                                sensor(), "the device does not read it (completion code 0x%02x)".formatted(completion));
                }));
    }

    /** Without power, fans stand and voltages are gone, and nothing is wrong with that. */
    private Finding judged(Finding read) {
        return known.power || read.grade() == Grade.UNKNOWN
                ? read
                : new Finding(
                        read.component(),
                        read.kind(),
                        read.value(),
                        read.unit(),
                        read.limits(),
                        "the host has no power",
                        Grade.UNKNOWN);
    }

    /** The next sensor that the BMC itself answers for, or the end. */
    private static Turn read(Known now) {
        Known next = now;
        while (next.readings.size() < next.sensors.size()) {
            SensorRecord sensor = next.sensors.get(next.readings.size());
            if (sensor.owner() == SensorRecord.OWNER_BMC && sensor.lun() == 0) {
                return new Turn.Next(new SensorSurvey(Stage.READING, next, Page.FIRST));
            }
            next = next.read(
                    SensorReading.unknown(sensor, "belongs to another controller (0x%02x)".formatted(sensor.owner())));
        }
        return end(next);
    }

    private static Turn end(Known now) {
        return new Turn.End(outcome(now, now.trouble));
    }

    private static Outcome outcome(Known now, String trouble) {
        List<Finding> all = new ArrayList<>(now.chassis);
        all.addAll(now.readings);
        now.sensors.stream()
                .skip(now.readings.size())
                .map(sensor -> SensorReading.unknown(sensor, "not read"))
                .forEach(all::add);
        all.addAll(now.garbled);
        boolean whole = now.trouble.isEmpty() && now.mark.size() > 0;
        return new Outcome.Hardware(
                new HardwareHealth(all, trouble), whole ? new SensorRecords(now.mark, now.sensors, now.garbled) : null);
    }

    @Override
    public Outcome despite(Outcome.Failed failed) {
        if (stage == Stage.CHASSIS) {
            return failed;
        }
        // Read to the end are they only once their readings are asked for.
        Known sofar = stage == Stage.READING ? known : known.troubledBy(failed.text());
        String trouble = known.trouble.isEmpty() ? failed.text() : known.trouble + "; " + failed.text();
        return outcome(sofar, trouble);
    }
}
