package io.holdfast.compute.agent;

import static io.holdfast.compute.agent.AgentFixtures.adopt;
import static io.holdfast.compute.agent.AgentFixtures.order;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.agent.AgentMemory.Ruling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The journal on a real file system that is full. Needs root, for the mount. */
@Tag("lab")
class AgentJournalDiskFullTest {

    @TempDir
    Path directory;

    private Path disk;

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createDirectories(directory.resolve("small"));
        run("mount", "-t", "tmpfs", "-o", "size=64k", "holdfast-test", disk.toString());
    }

    @AfterEach
    void unmount() throws Exception {
        run("umount", disk.toString());
    }

    @Test
    void whatDoesNotFitIsRefusedAndForgottenAndWhatWasConfirmedStays() throws Exception {
        AgentMemory confirmed;
        try (AgentJournal journal = AgentJournal.open(disk.resolve("state"))) {
            journal.replace(take(journal.memory().rule(adopt(), "boot-1")));
            int taken = 0;
            IOException refused = null;
            while (refused == null && taken < 1000) {
                try {
                    tell(journal, taken + 1, 1);
                    taken++;
                } catch (IOException e) {
                    refused = e;
                }
            }
            assertThat(taken).isPositive();
            assertThat(refused).hasMessageContaining("make room in " + disk.resolve("state"));
            assertThat(journal.trouble()).isEmpty();
            assertThat(journal.memory().owned()).hasSize(taken);
            confirmed = journal.memory();

            // A new snapshot needs room beside the old one: refused too, and no half of it is left.
            assertThatThrownBy(() -> journal.replace(confirmedCopy(journal))).isInstanceOf(IOException.class);
            assertThat(disk.resolve("state/agent.journal.new")).doesNotExist();
            assertThat(journal.memory()).isEqualTo(confirmed);
        }
        try (AgentJournal journal = AgentJournal.open(disk.resolve("state"))) {
            assertThat(journal.memory()).isEqualTo(confirmed);
        }
    }

    @Test
    void itGoesOnByItselfWhenThereIsRoomAgain() throws Exception {
        Path ballast = disk.resolve("ballast");
        try (AgentJournal journal = AgentJournal.open(disk.resolve("state"))) {
            journal.replace(take(journal.memory().rule(adopt(), "boot-1")));
            fill(ballast);
            assertThatThrownBy(() -> {
                        for (int i = 1; i < 100; i++) {
                            tell(journal, i, 1);
                        }
                    })
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("make room");
            Files.delete(ballast);
            tell(journal, 500, 1);
            assertThat(journal.memory().owned()).containsKey(AgentFixtures.instance(500));
        }
    }

    private static AgentMemory confirmedCopy(AgentJournal journal) {
        return journal.memory();
    }

    private static void fill(Path file) throws IOException {
        try (var out = Files.newOutputStream(file)) {
            byte[] page = new byte[4096];
            for (int i = 0; i < 64; i++) {
                out.write(page);
            }
            throw new IllegalStateException("64 KiB took 256 KiB");
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }

    private static void tell(AgentJournal journal, int instance, long generation) throws IOException {
        InstanceOrder order = order(instance, generation, InstanceGoal.RUNNING);
        AgentMemory next = take(journal.memory().rule(order, "boot-1"));
        journal.told(next, order.instance(), Objects.requireNonNull(next.owned().get(order.instance())));
    }

    private static AgentMemory take(Ruling ruling) {
        return ((Ruling.Take) ruling).next();
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(String.join(" ", command)).isZero();
    }
}
