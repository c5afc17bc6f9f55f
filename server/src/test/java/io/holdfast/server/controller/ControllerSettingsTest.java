package io.holdfast.server.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.server.settings.SettingsException;
import io.holdfast.server.settings.SettingsLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What one group's values mean for another's is said when the controller starts. */
final class ControllerSettingsTest {

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        membership: {session-timeout: 15s, lease-time: 20s} | recovery.proofs.lease-outlives must be longer than membership.session-timeout (15s), is 15s
        recovery: {proofs: {lease-outlives: 3s}} | recovery.proofs.lease-outlives must be between 5s and 10m, is 3s
        recovery: {proofs: {word-holds: 11m}} | recovery.proofs.word-holds must be between 1s and 10m, is 11m
        membership: {heartbeat-timeout: 10s, verify-timeout: 5s, group-time: 20s} | recovery.proofs.lease-outlives must be longer than membership.heartbeat-timeout and membership.verify-timeout together (15s), is 15s
        compute: {withdrawn-for: 4s} | compute.withdrawn-for must not be shorter than recovery.replan-interval (1m), is 4s
        fencing: {slot: {path: s, bound-max: 11s}, devices: {b: {address: a, user: u, password-file: p}, s: {type: self-fence}}, levels: {h1: [{devices: [b]}, {devices: [s]}]}} | waits for fencing.slot.bound-max (11s), more than recovery.fence-deadline (15s)
        fencing: {slot: {path: s, look-interval: 1s}, devices: {s: {type: self-fence}}, levels: {"h*": [{devices: [s]}]}} | fencing.levels.h*: the deadline of a level of self-fence (12s, fencing.slot.bound-max and 2s) must not be below 13100ms, fencing.slot.bound-max (10s) and three times fencing.slot.look-interval (1s): it would end before this controller has looked often enough; shorten look-interval, or give the level a longer deadline
        fencing: {slot: {path: s}, devices: {s: {type: self-fence}}, levels: {"h*": [{devices: [s], deadline: 10s}]}} | fencing.levels.h*: the deadline of a level of self-fence (10s) must not be below 10850ms, fencing.slot.bound-max (10s) and three times fencing.slot.look-interval (250ms)
        fencing: {slot: {path: s, bound-max: 15s}, devices: {h1: {type: self-fence}}} | recovery.fence-deadline (15s) must not be shorter than 15s850ms, fencing.slot.bound-max (15s) and three times fencing.slot.look-interval (250ms), with fencing.devices.h1 of type self-fence, which is in no level
        fencing: {slot: {path: s, look-interval: 2500ms}} | membership.slot-time (3s) must not be shorter than fencing.slot.look-interval (2s500ms) and fencing.slot.deadline (1s) together: a slot would count as unreadable between two looks at it; lengthen slot-time, or shorten the other two
        fencing: {slot: {path: s, deadline: 5s}} | membership.slot-time (3s) must not be shorter than fencing.slot.look-interval (250ms) and fencing.slot.deadline (5s) together
        {membership: {slot-time: 2s}, fencing: {slot: {read: agents}}} | membership.slot-time (2s) must not be shorter than 3s where fencing.slot.read is 'agents'
        {membership: {session-timeout: 12s, lease-time: 20s}, fencing: {slot: {path: s}, devices: {s: {type: self-fence}}, levels: {"h*": [{devices: [s]}]}}} | membership.session-timeout (12s) must not be longer than fencing.slot.bound-max (10s) with fencing.devices.s of type self-fence: the lease of a host that has certainly stopped would still be there
        fencing: {call-timeout: 8s} | fencing.call-timeout (8s) must not be longer than half of recovery.fence-deadline (15s): an order whose answer is lost would leave no time to read back what became of it
        fencing: {call-timeout: 6s, check-interval: 10s} | fencing.check-interval (10s) must not be shorter than twice fencing.call-timeout (6s): a host whose device is silent would be due again before its rehearsal is over
        fencing: {devices: {crash: {type: kdump}}} | fencing.devices.crash is of type kdump, and fencing.kdump.listen is missing
        fencing: {slot: {path: s, read: agents}} | what agents read proves nothing, and a controller that can read the slots itself has to
        fencing: {slot: {read: agents}, devices: {s: {type: self-fence}}} | fencing.slot.path is missing
        compute: {withdrawn-for: 25h} | compute.withdrawn-for must be between
        image: {external: {url: "https://glance.example"}} | image.external.login is missing
        image: {external: {url: "http://glance.example"}} | image.external.url must begin with https
        """)
    void aControllerWhoseSettingsDoNotFitDoesNotStart(String yaml, String reason) {
        assertThatThrownBy(() -> load(yaml))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("controller.yaml:1")
                .hasMessageContaining(reason);
    }

    @Test
    void longerLeasesAreFineWhereTheyAreKnownToOutlive() throws IOException {
        ControllerSettings settings = load(
                "membership: {session-timeout: 15s, lease-time: 20s}\n" + "recovery: {proofs: {lease-outlives: 16s}}");
        assertThat(settings.recovery().proofs().leaseOutlives()).isEqualTo(Duration.ofSeconds(16));
    }

    /** Each of these lies just within what the rows above are beyond. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "fencing: {slot: {path: s, look-interval: 600ms}, devices: {s: {type: self-fence}},"
                        + " levels: {h1: [{devices: [s]}]}}",
                "fencing: {slot: {path: s}, devices: {s: {type: self-fence}},"
                        + " levels: {h1: [{devices: [s], deadline: 10850ms}]}}",
                "fencing: {slot: {path: s, bound-max: 14150ms}, devices: {h1: {type: self-fence}}}",
                "fencing: {slot: {path: s, look-interval: 2s}}",
                "fencing: {slot: {look-interval: 9s}}",
                "fencing: {slot: {read: agents}}",
                "{membership: {slot-time: 500ms}}",
                "{membership: {session-timeout: 10s, lease-time: 20s}, fencing: {slot: {path: s},"
                        + " devices: {s: {type: self-fence}}, levels: {h1: [{devices: [s]}]}}}",
                "{membership: {session-timeout: 12s, lease-time: 20s}, fencing: {slot: {path: s}}}",
                "fencing: {call-timeout: 7500ms, check-interval: 15s}",
                "fencing: {call-timeout: 7500ms, check-interval: 0s}",
                "fencing: {devices: {crash: {type: kdump}}, kdump: {listen: 192.0.2.10}}"
            })
    void whatFitsExactlyStarts(String yaml) throws IOException {
        assertThat(load(yaml)).isNotNull();
    }

    private ControllerSettings load(String yaml) throws IOException {
        return SettingsLoader.load(
                Files.writeString(directory.resolve("controller.yaml"), yaml), ControllerSettings.defaults());
    }
}
