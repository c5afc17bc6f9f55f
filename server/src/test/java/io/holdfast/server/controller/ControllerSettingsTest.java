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

    private ControllerSettings load(String yaml) throws IOException {
        return SettingsLoader.load(
                Files.writeString(directory.resolve("controller.yaml"), yaml), ControllerSettings.defaults());
    }
}
