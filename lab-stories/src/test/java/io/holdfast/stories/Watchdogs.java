package io.holdfast.stories;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.HostId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The watchdogs on the hosts' boards: whether they count, and what they have done in the life of this lab, from the boards' own logs. */
final class Watchdogs {

    private Watchdogs() {}

    /** That of every host counts, as the controller knows: otherwise a story in which nobody is reset would tell nothing. */
    static void areArmed(LabCluster cluster) {
        FenceChecks checks = cluster.checkFencing(cluster.hosts());
        cluster.hosts()
                .forEach(host -> assertThat(checks.found(host, "SELF_FENCE"))
                        .as(host + " in " + checks.text())
                        .allSatisfy(finding -> assertThat(finding).startsWith("OK, "))
                        .anySatisfy(finding -> assertThat(finding).contains(" is armed")));
    }

    /** How often the host's watchdog has reset it. */
    static int resets(LabCluster cluster, HostId host) {
        Path log = cluster.lab().logDirectory(host).resolve("watchdog.log");
        try {
            return Files.exists(log)
                    ? (int) Files.readAllLines(log).stream()
                            .filter(line -> line.contains("not petted"))
                            .count()
                    : 0;
        } catch (IOException e) {
            throw new UncheckedIOException("the log of the watchdog of " + host + " cannot be read", e);
        }
    }

    /** The same of every host. */
    static Map<HostId, Integer> resets(LabCluster cluster) {
        return cluster.hosts().stream()
                .collect(Collectors.toMap(
                        Function.identity(), host -> resets(cluster, host), (one, _) -> one, TreeMap::new));
    }
}
