package io.holdfast.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.model.HostId;
import io.holdfast.model.SelfFenceTerms;
import io.holdfast.server.KnownFailures;
import io.holdfast.slot.Acknowledgement;
import io.holdfast.slot.Answer;
import io.holdfast.slot.Heartbeat;
import io.holdfast.slot.file.SlotDevice;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class SlotCommandTest {

    private static final Instant NOON = Instant.parse("2026-11-28T12:00:00Z");
    private static final HostId H1 = HostId.of("compute-7.rack-3.example.org");
    private static final String BOOT = "0b54cbd8-7a0e-4a37-9a11-111111111111";
    private static final Duration LONG = Duration.ofSeconds(60);

    private record Result(int code, String out, String err) {
        JsonNode json() throws IOException {
            return new ObjectMapper().readTree(out);
        }
    }

    @TempDir
    Path directory;

    private Path file;
    private long beats;

    @BeforeEach
    void create() {
        file = directory.resolve("slots");
        assertThat(run("create", file.toString(), "--segment", "rack-3", "--slots", "8").code)
                .isZero();
    }

    private Result run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Terminal terminal = new Terminal(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                Map.of(),
                directory,
                80,
                false,
                InstantSource.fixed(NOON));
        String[] all = new String[arguments.length + 1];
        all[0] = "slot";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        int code = HoldfastCommandLine.assemble(
                        terminal,
                        List.of(new Section("Tools", List.of(new SlotCommand(terminal)))),
                        KnownFailures::translated)
                .execute(all);
        return new Result(code, out.toString(), err.toString());
    }

    private int host(String boot) {
        try (SlotDevice device = SlotDevice.open(file, LONG)) {
            int slot = ((Answer.Done<Integer>) device.claim(H1, boot, NOON)).value();
            SelfFenceTerms terms = new SelfFenceTerms(
                    "/dev/watchdog0",
                    Duration.ofSeconds(3),
                    Duration.ofSeconds(2),
                    device.header().id());
            device.renew(
                    slot, new Heartbeat(H1, boot, "s", ++beats, NOON, Duration.ZERO, Duration.ofMillis(500), terms));
            return slot;
        }
    }

    private static void fits(Result result) {
        assertThat(result.out.lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
    }

    @Test
    void listsWhoHasASlotWithinEightyColumns() throws IOException {
        assertThat(run("list", file.toString(), "--watch", "0s").out).contains("No slot of 8 is taken");
        int slot = host(BOOT);

        Result still = run("list", file.toString(), "--watch", "1ms");
        fits(still);
        assertThat(still.out).contains("still for 1ms").contains("compute-7");
        assertThat(run("list", file.toString(), "--watch", "0s").out).contains("not watched");

        JsonNode json = run("list", file.toString(), "--watch", "0s", "--json").json();
        assertThat(json.at("/segment").asText()).isEqualTo("rack-3");
        assertThat(json.at("/taken/0/slot").asInt()).isEqualTo(slot);
        assertThat(json.at("/taken/0/heartbeat/terms").asText()).startsWith("watchdog=/dev/watchdog0;timeout-ms=3000");
        assertThat(json.at("/taken/0/pill").isNull()).isTrue();
    }

    @Test
    void saysThatASlotBeatsWhenItWasAnotherHeartbeatAtTheEnd() throws Exception {
        host(BOOT);
        Thread agent = Thread.ofPlatform().daemon().start(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                host(BOOT);
            }
        });
        try {
            assertThat(run("list", file.toString(), "--watch", "3s").out).contains("beats");
        } finally {
            agent.interrupt();
            agent.join();
        }
    }

    @Test
    void showsOneSlotAndWhatCannotBeRead() throws IOException {
        int slot = host(BOOT);
        Result shown = run("show", file.toString(), H1.value(), "--watch", "0s");
        fits(shown);
        assertThat(shown.out).contains(BOOT).contains("/dev/watchdog0 3000ms");

        byte[] bytes = Files.readAllBytes(file);
        bytes[4096 + slot * 16384 + 2 * 4096 + 99] ^= 1;
        Files.write(file, bytes);
        assertThat(run("show", file.toString(), H1.value(), "--watch", "0s").out)
                .contains("State       unreadable")
                .contains("the checksum does not fit");
        assertThat(run("list", file.toString(), "--watch", "0s").out).contains("unreadable");
        assertThat(run("show", file.toString(), H1.value(), "--watch", "0s", "--json")
                        .json()
                        .at("/pill/unreadable")
                        .asText())
                .contains("checksum");
    }

    @Test
    void aPillSaysWhoWhenAndWhyAndWaitsForItsAcknowledgement() throws IOException {
        int slot = host(BOOT);
        Result unheard =
                run("pill", file.toString(), H1.value(), "--reason", "rack on fire", "--by", "ann", "--wait", "0s");
        assertThat(unheard.code).isEqualTo(1);
        assertThat(unheard.out)
                .contains("pill 1 for " + H1 + " (boot " + BOOT + ") by ann at 2026-11-28 12:00:00.000Z")
                .contains("no acknowledgement within 0s");
        assertThat(run("show", file.toString(), H1.value(), "--watch", "0s").out)
                .contains("pending: for boot")
                .contains("rack on fire");

        try (SlotDevice device = SlotDevice.open(file, LONG)) {
            device.acknowledge(slot, new Acknowledgement(H1, BOOT, 1, NOON));
        }
        JsonNode heard = run("pill", file.toString(), H1.value(), "--reason", "rack on fire", "--by", "ann", "--json")
                .json();
        assertThat(heard.at("/acknowledged").asBoolean()).isTrue();
        assertThat(heard.at("/writtenAt").asText()).isEqualTo("2026-11-28T12:00:00Z");
        assertThat(run("list", file.toString(), "--watch", "0s").out).contains("acknowledged");

        Result other = run("pill", file.toString(), H1.value(), "--reason", "again", "--by", "bob", "--wait", "0s");
        assertThat(other.code).isEqualTo(6);
        assertThat(other.err).contains("a pill for this life already, by ann");
    }

    @Test
    void aPillIsTakenAwayOnlyFromALifeThatIsOver() {
        host(BOOT);
        assertThat(run("clear", file.toString(), H1.value()).code).isEqualTo(6);
        run("pill", file.toString(), H1.value(), "--reason", "x", "--wait", "0s");
        Result refused = run("clear", file.toString(), H1.value());
        assertThat(refused.code).isEqualTo(7);
        assertThat(refused.err).contains("has not booted since");
        assertThat(run("clear", file.toString(), H1.value(), "--confirm-dead", "h2").code)
                .isEqualTo(7);
        host("another-boot");
        assertThat(run("list", file.toString(), "--watch", "0s").out).contains("old");
        assertThat(run("clear", file.toString(), H1.value()).out).contains("is gone");
    }

    @Test
    void aHumanWhoHasSeenTheMachineDeadMayTakeThePillAway() throws IOException {
        host(BOOT);
        run("pill", file.toString(), H1.value(), "--reason", "x", "--wait", "0s");
        assertThat(run("clear", file.toString(), H1.value(), "--confirm-dead", H1.value(), "--json")
                        .json()
                        .at("/cleared")
                        .asText())
                .isEqualTo(BOOT);
    }

    @Test
    void aRangeOfADeviceIsNamedWithWhereItBegins() throws IOException {
        byte[] others = "somebody else's".repeat(1000).getBytes(StandardCharsets.UTF_8);
        Path disk = Files.write(directory.resolve("disk"), Arrays.copyOf(others, 1 << 20));
        String at = Integer.toString(4 * 4096);

        Result beyond = run("create", disk.toString(), "--offset", at, "--slots", "255");
        assertThat(beyond.code).isEqualTo(1);
        assertThat(beyond.err).contains("its 255 slots would take 4182016 bytes, and there are 1032192");
        assertThat(run("create", disk.toString(), "--slots", "8").err).contains("there is something in it already");
        Result odd = run("create", disk.toString(), "--offset", "1000");
        assertThat(odd.code).isEqualTo(2);
        assertThat(odd.err).contains("--offset must be a multiple of 4096");

        assertThat(run("create", disk.toString(), "--offset", at, "--slots", "8").code)
                .isZero();
        assertThat(run("list", disk.toString(), "--offset", at, "--watch", "0s").out)
                .contains("No slot of 8 is taken");
        assertThat(run("list", disk.toString(), "--watch", "0s").err).contains("no block of a slot device");
        assertThat(Files.readAllBytes(disk)).startsWith(others);
    }

    @Test
    void wrongInputIsAnsweredWithAReason() throws IOException {
        assertThat(run("create", file.toString()).err).contains("there is something in it already");
        Result many = run("create", directory.resolve("x").toString(), "--slots", "256");
        assertThat(many.code).isEqualTo(2);
        assertThat(many.err).contains("1 to 255 slots");
        assertThat(run("list", directory.resolve("none").toString()).err).contains("there is no such file");
        Path text = Files.writeString(directory.resolve("text"), "x".repeat(9000));
        assertThat(run("list", text.toString()).err).contains("no block of a slot device");
        assertThat(run("show", file.toString(), "h9", "--watch", "0s").code).isEqualTo(5);
        assertThat(run("pill", file.toString(), "h9", "--reason", "x").code).isEqualTo(5);
        Result noReason = run("pill", file.toString(), "h9");
        assertThat(noReason.code).isEqualTo(2);
        assertThat(noReason.err).contains("--reason");
        host(BOOT);
        assertThat(run("pill", file.toString(), H1.value(), "--reason", "", "--wait", "0s").code)
                .isEqualTo(2);
        assertThat(run("pill", file.toString(), "not a host", "--reason", "x").code)
                .isEqualTo(2);
    }
}
