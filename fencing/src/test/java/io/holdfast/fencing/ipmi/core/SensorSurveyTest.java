package io.holdfast.fencing.ipmi.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.HardwareHealth;
import io.holdfast.fencing.HardwareHealth.Grade;
import io.holdfast.fencing.ipmi.core.Work.Turn;
import io.holdfast.fencing.ipmi.rmcp.Bytes;
import io.holdfast.fencing.ipmi.rmcp.Completion;
import io.holdfast.fencing.ipmi.rmcp.IpmiMessage;
import java.util.List;
import java.util.function.Function;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The survey against BMCs of a few lines each, without a wire. */
class SensorSurveyTest {

    private static final Bytes HEALTHY = Bytes.of(1, 0, 0);

    /** Of two records, added at 5, nothing removed, reservations known. */
    private static final Bytes INFO = Bytes.of(0x51, 2, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 2);

    private static final Bytes POWER_SUPPLY = Bytes.ofHex("0100510220" + "2000410a01" + "7f40086f" + "0f000f000f00"
            + "c00000" + "000000000000000000".substring(0, 16) + "c5" + "5053552031");

    private record Said(int completion, Bytes data) {
        static Said ok(Bytes data) {
            return new Said(Completion.OK, data);
        }
    }

    private static final int STEPS_MAX = 200_000;

    private static Outcome.Hardware survey(Function<IpmiMessage, Said> bmc) {
        return survey(SensorSurvey.begin(null), bmc);
    }

    private static Outcome.Hardware survey(Work begin, Function<IpmiMessage, Said> bmc) {
        Work work = begin;
        for (int step = 0; step < STEPS_MAX; step++) {
            Said said = bmc.apply(work.request(step % IpmiMessage.SEQUENCES));
            switch (work.answered(said.completion, said.data)) {
                case Turn.Next next -> work = next.work();
                case Turn.End end -> {
                    return (Outcome.Hardware) end.outcome();
                }
                case Turn.Garbled garbled -> {
                    return hardware(work.despite(new Outcome.Failed(Trouble.GARBLED, garbled.what())));
                }
                case Turn.Refused refused -> {
                    return hardware(work.despite(new Outcome.Failed(Trouble.PRIVILEGE, refused.what())));
                }
            }
        }
        throw new AssertionError("there is no end to it");
    }

    private static Outcome.Hardware hardware(Outcome outcome) {
        return outcome instanceof Outcome.Failed failed
                ? new Outcome.Hardware(HardwareHealth.unknown(failed.text()), null)
                : (Outcome.Hardware) outcome;
    }

    /** A BMC with one power supply, of which the second reading is what it says. */
    private static Said usual(IpmiMessage request) {
        return switch (request.netFn() << 8 | request.command()) {
            case 0x0001 -> Said.ok(HEALTHY);
            case 0x0a20 -> Said.ok(INFO);
            case 0x0a22 -> Said.ok(Bytes.of(7, 0));
            case 0x0a23 -> {
                int from = request.body().at(4);
                int to = Math.min(POWER_SUPPLY.size(), from + request.body().at(5));
                yield Said.ok(Bytes.of(0xff, 0xff).plus(POWER_SUPPLY.slice(from, to)));
            }
            default -> Said.ok(Bytes.of(0, 0xc0, 0x09, 0x80));
        };
    }

    @Test
    void readsWhatThereIs() {
        Outcome.Hardware found = survey(SensorSurveyTest::usual);

        assertThat(found.health().grade()).isEqualTo(Grade.BAD);
        assertThat(found.health().summary()).isEqualTo("PSU 1: its input is lost");
        assertThat(found.health().trouble()).isEmpty();
        assertThat(found.records()).isNotNull();
    }

    @Test
    void whatIsRememberedIsNotReadAgainUntilItChanges() {
        SensorRecords records = survey(SensorSurveyTest::usual).records();

        Outcome.Hardware again = survey(SensorSurvey.begin(records), request -> {
            assertThat(request.command()).as("no record is read").isNotIn(0x22, 0x23);
            return usual(request);
        });
        assertThat(again.health().summary()).isEqualTo("PSU 1: its input is lost");

        int[] read = {0};
        survey(SensorSurvey.begin(records), request -> {
            read[0] += request.command() == IpmiMessage.GET_SDR ? 1 : 0;
            return request.command() == IpmiMessage.GET_SDR_REPOSITORY_INFO
                    ? Said.ok(Bytes.of(0x51, 2, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 2))
                    : usual(request);
        });
        assertThat(read[0]).as("something was added").isPositive();
    }

    @Test
    void aDeviceThatDoesNotSayWhenItChangedIsReadEachTime() {
        Function<IpmiMessage, Said> timeless = request -> request.command() == IpmiMessage.GET_SDR_REPOSITORY_INFO
                ? Said.ok(Bytes.of(0x51, 2, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 2))
                : usual(request);
        SensorRecords records = survey(timeless).records();
        int[] read = {0};
        survey(SensorSurvey.begin(records), request -> {
            read[0] += request.command() == IpmiMessage.GET_SDR ? 1 : 0;
            return timeless.apply(request);
        });
        assertThat(read[0]).isPositive();
    }

    private static Function<IpmiMessage, Said> but(int command, Said said) {
        return request -> request.command() == command && request.netFn() != 0 ? said : usual(request);
    }

    @ParameterizedTest
    @CsvSource({
        "0x20, 0xd4, '', refused: privilege: to tell what sensors it has",
        "0x22, 0xd4, '', refused: privilege: to reserve the sensor records",
        "0x23, 0xd4, '', refused: privilege: to read the sensor records",
        "0x2d, 0xd4, '', refused: privilege: to read sensors",
        "0x20, 0xc1, '', the device keeps no records of its sensors",
        "0x20, 0x00, 51, 'garbled: the answer to \"get SDR repository info\" has 1 bytes'",
        "0x22, 0x00, 51, 'garbled: the answer to \"reserve SDR repository\" has 1 bytes'",
        "0x23, 0x00, ffff01, garbled: the header of sensor record 0x0000 has 3 bytes",
        "0x23, 0xcb, '', the device does not give sensor record 0x0000 (completion code 0xcb)",
        "0x23, 0xc5, '', 'the sensor records change while they are read, 4 times in a row'"
    })
    void namesWhyTheRestIsUnknown(String command, String completion, String data, String trouble) {
        Outcome.Hardware found =
                survey(but(Integer.decode(command), new Said(Integer.decode(completion), Bytes.ofHex(data))));

        assertThat(found.health().trouble()).isEqualTo(trouble);
        assertThat(found.health().grade()).isEqualTo(Grade.UNKNOWN);
        assertThat(found.health().summary()).isEqualTo(trouble);
        if (!command.equals("0x2d")) {
            assertThat(found.records()).as("nothing is remembered").isNull();
        }
    }

    @Test
    void theChassisFaultsAreKnownAllTheSame() {
        Outcome.Hardware found = survey(request -> request.netFn() == 0
                ? Said.ok(Bytes.of(1, 0, 0x08))
                : new Said(Completion.INSUFFICIENT_PRIVILEGE, Bytes.EMPTY));

        assertThat(found.health().grade()).isEqualTo(Grade.BAD);
        assertThat(found.health().summary()).isEqualTo("chassis: fault");
        assertThat(found.health().trouble()).contains("privilege");
    }

    @ParameterizedTest
    @CsvSource({
        "010000, GOOD, no fault",
        "000000, GOOD, no fault",
        "010100, GOOD, no fault; its last power off was from a loss of mains",
        "030000, BAD, overload",
        "090000, BAD, fault in the main power",
        "110000, BAD, the power did not follow an order",
        "010800, POOR, its last power off was from a fault",
        "010200, POOR, its last power off was from an overload",
        "010004, BAD, fault",
        "010008, BAD, fault"
    })
    void gradesTheChassis(String status, Grade grade, String what) {
        assertThat(new ChassisStatus(Bytes.ofHex(status)).findings())
                .singleElement()
                .satisfies(found -> {
                    assertThat(found.grade()).isEqualTo(grade);
                    assertThat(found.what()).isEqualTo(what);
                });
    }

    @Test
    void withoutPowerNoSensorIsBad() {
        Outcome.Hardware found = survey(request -> request.netFn() == 0 ? Said.ok(Bytes.of(0, 0, 0)) : usual(request));

        assertThat(found.health().grade()).isEqualTo(Grade.GOOD);
        assertThat(found.health().findings().getLast().what()).isEqualTo("the host has no power");
        assertThat(found.health().findings().getLast().grade()).isEqualTo(Grade.UNKNOWN);
    }

    @ParameterizedTest
    @CsvSource({
        "0xcb, not present",
        "0xd5, no reading in this state",
        "0xc0, the device does not read it (completion code 0xc0)",
        "0xce, the device does not read it (completion code 0xce)"
    })
    void aSensorThatIsNotReadIsUnknown(String completion, String what) {
        Outcome.Hardware found =
                survey(but(IpmiMessage.GET_SENSOR_READING, new Said(Integer.decode(completion), Bytes.EMPTY)));

        assertThat(found.health().findings().getLast().what()).isEqualTo(what);
        assertThat(found.health().grade()).as("by the chassis").isEqualTo(Grade.GOOD);
    }

    @Test
    void readsInSmallerPiecesWhereTheDeviceCannotGiveMore() {
        int[] most = {0};
        Outcome.Hardware found = survey(request -> {
            if (request.command() == IpmiMessage.GET_SDR && request.body().at(5) > 8) {
                return new Said(Completion.TOO_MUCH_AT_ONCE, Bytes.EMPTY);
            }
            most[0] += request.command() == IpmiMessage.GET_SDR ? 1 : 0;
            return usual(request);
        });

        assertThat(found.health().summary()).isEqualTo("PSU 1: its input is lost");
        assertThat(most[0]).isGreaterThan(4);
    }

    @Test
    void aRecordThatIsNeverGivenIsNamedAndTheRestIsRead() {
        Outcome.Hardware found = survey(request ->
                request.command() == IpmiMessage.GET_SDR && request.body().at(4) > 0
                        ? new Said(Completion.TOO_MUCH_AT_ONCE, Bytes.EMPTY)
                        : usual(request));

        assertThat(found.health().findings().getLast().text())
                .isEqualTo("record 0x0000: the device does not give it (completion code 0xca)");
        assertThat(found.health().trouble()).isEmpty();
    }

    @Test
    void withoutReservationsItReadsAllTheSame() {
        Outcome.Hardware found =
                survey(but(IpmiMessage.RESERVE_SDR_REPOSITORY, new Said(Completion.INVALID_COMMAND, Bytes.EMPTY)));

        assertThat(found.health().summary()).isEqualTo("PSU 1: its input is lost");
    }

    @Test
    void recordsThatNameEachOtherInACircleEnd() {
        Outcome.Hardware found = survey(request -> request.command() == IpmiMessage.GET_SDR
                ? Said.ok(Bytes.of(1, 0)
                        .plus(usual(request).data.slice(2, usual(request).data.size())))
                : usual(request));

        assertThat(found.health().trouble()).isEqualTo("the device has more than 512 sensors; the others are not read");
        assertThat(found.health().findings()).hasSizeLessThan(600);

        Outcome.Hardware others =
                survey(but(IpmiMessage.GET_SDR, Said.ok(Bytes.of(1, 0).plus(Bytes.of(1, 0, 0x51, 0xc0, 9)))));
        assertThat(others.health().trouble()).isEqualTo("there is no end to the sensor records after 1024 of them");
    }

    @Test
    void whatAnotherControllerWatchesIsNotAsked() {
        Outcome.Hardware found = survey(request -> {
            assertThat(request.command()).isNotEqualTo(IpmiMessage.GET_SENSOR_READING);
            if (request.command() == IpmiMessage.GET_SDR && request.body().at(4) > 0) {
                Bytes data = usual(request).data;
                return Said.ok(data.slice(0, 2).plus(Bytes.of(0x2c)).plus(data.slice(3, data.size())));
            }
            return usual(request);
        });

        assertThat(found.health().findings().getLast().what()).isEqualTo("belongs to another controller (0x2c)");
    }

    @Provide
    Arbitrary<List<Said>> saids() {
        Arbitrary<Bytes> octets =
                Arbitraries.bytes().array(byte[].class).ofMaxSize(70).map(Bytes::of);
        Arbitrary<Integer> completion = Arbitraries.frequencyOf(
                net.jqwik.api.Tuple.of(4, Arbitraries.just(0)),
                net.jqwik.api.Tuple.of(1, Arbitraries.integers().between(0, 255)));
        return Combinators.combine(completion, octets)
                .as(Said::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(40);
    }

    /** Whatever a device answers, for ever in turn, the survey ends and holds no exception and no unbounded list. */
    @Property(tries = 500)
    void anyAnswersAreBorneToTheEnd(@ForAll("saids") List<Said> answers) {
        int[] at = {0};
        Outcome.Hardware found = survey(request -> {
            if (request.netFn() == 0) {
                return Said.ok(HEALTHY);
            }
            if (request.command() == IpmiMessage.GET_SDR_REPOSITORY_INFO) {
                return Said.ok(INFO);
            }
            return answers.get(at[0]++ % answers.size());
        });

        assertThat(found.health().findings()).hasSizeLessThanOrEqualTo(SensorSurvey.SENSORS_MAX + 20);
    }
}
