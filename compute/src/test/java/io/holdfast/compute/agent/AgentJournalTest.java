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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AgentJournalTest {

    @TempDir
    Path directory;

    private static void tell(AgentJournal journal, int instance, long generation) throws IOException {
        InstanceOrder order = order(instance, generation, InstanceGoal.RUNNING);
        AgentMemory next = take(journal.memory().rule(order, "boot-1"));
        journal.told(next, order.instance(), Objects.requireNonNull(next.owned().get(order.instance())));
    }

    private static void adoptAll(AgentJournal journal, InstanceOrder... owned) throws IOException {
        journal.replace(take(journal.memory().rule(adopt(0, 1, 1, owned), "boot-1")));
    }

    private static AgentMemory take(Ruling ruling) {
        return ((Ruling.Take) ruling).next();
    }

    @Test
    void remembersEverythingAfterItWasOpenedAgain() throws Exception {
        AgentMemory told;
        try (AgentJournal journal = AgentJournal.open(directory)) {
            adoptAll(journal, order(1, 4, InstanceGoal.STOPPED));
            tell(journal, 2, 9);
            told = journal.memory();
        }
        try (AgentJournal journal = AgentJournal.open(directory)) {
            assertThat(journal.memory()).isEqualTo(told);
        }
    }

    @Test
    void aTailTornAnywhereLosesOnlyTheLineThatWasNeverConfirmed() throws Exception {
        List<AgentMemory> states = new ArrayList<>();
        List<Long> lengths = new ArrayList<>();
        Path file = directory.resolve("agent.journal");
        try (AgentJournal journal = AgentJournal.open(directory)) {
            states.add(journal.memory());
            lengths.add(0L);
            adoptAll(journal, order(1, 1, InstanceGoal.RUNNING));
            states.add(journal.memory());
            lengths.add(Files.size(file));
            for (int i = 2; i <= 4; i++) {
                tell(journal, i, i);
                states.add(journal.memory());
                lengths.add(Files.size(file));
            }
        }
        byte[] whole = Files.readAllBytes(file);
        for (int cut = 0; cut <= whole.length; cut++) {
            Files.write(file, Arrays.copyOf(whole, cut));
            int confirmed = 0;
            while (confirmed + 1 < lengths.size() && lengths.get(confirmed + 1) <= cut) {
                confirmed++;
            }
            try (AgentJournal journal = AgentJournal.open(directory)) {
                assertThat(journal.memory()).as("cut at %d", cut).isEqualTo(states.get(confirmed));
            }
        }
    }

    @Test
    void refusesToOpenWhenALineInTheMiddleIsDamaged() throws Exception {
        try (AgentJournal journal = AgentJournal.open(directory)) {
            adoptAll(journal, order(1, 1, InstanceGoal.RUNNING));
            tell(journal, 2, 1);
        }
        Path file = directory.resolve("agent.journal");
        byte[] bytes = Files.readAllBytes(file);
        bytes[20] ^= 1;
        Files.write(file, bytes);
        assertThatThrownBy(() -> AgentJournal.open(directory))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("line 1")
                .hasMessageContaining("Move the file away");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "append",
                "appended",
                "append-forced",
                "snapshot",
                "snapshot-written",
                "snapshot-forced",
                "snapshot-renamed"
            })
    void aFailureAtAnyStepConfirmsNothingThatIsNotStored(String failing) throws Exception {
        boolean[] armed = {false};
        AgentMemory before;
        AgentMemory shown;
        try (AgentJournal journal = AgentJournal.open(directory, step -> {
            if (armed[0] && step.equals(failing)) {
                throw new IOException("No space left on device");
            }
        })) {
            adoptAll(journal, order(1, 1, InstanceGoal.RUNNING));
            before = journal.memory();
            armed[0] = true;
            assertThatThrownBy(() -> {
                        if (failing.startsWith("append")) {
                            tell(journal, 2, 1);
                        } else {
                            adoptAll(journal, order(1, 2, InstanceGoal.RUNNING));
                        }
                    })
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(directory.toString());
            armed[0] = false;
            if (failing.equals("snapshot-renamed")) {
                assertThat(journal.trouble()).contains("start the agent again");
                assertThatThrownBy(() -> tell(journal, 3, 1)).isInstanceOf(IOException.class);
            } else {
                assertThat(journal.memory()).isEqualTo(before);
                tell(journal, 3, 1);
            }
            shown = journal.memory();
        }
        try (AgentJournal journal = AgentJournal.open(directory)) {
            assertThat(journal.memory()).isEqualTo(shown);
        }
    }

    @Test
    void staysBoundedHoweverMuchItIsTold() throws Exception {
        try (AgentJournal journal = AgentJournal.open(directory)) {
            adoptAll(journal);
            for (int i = 1; i <= 2_500; i++) {
                tell(journal, 1, i);
            }
            assertThat(Files.readAllLines(directory.resolve("agent.journal"))).hasSizeLessThan(1_100);
        }
        try (AgentJournal journal = AgentJournal.open(directory)) {
            assertThat(journal.memory().newest().values()).containsExactly(io.holdfast.model.Generation.of(2_500));
        }
    }

    @Test
    void aSecondAgentOnTheSameDirectoryIsRefused() throws Exception {
        try (AgentJournal journal = AgentJournal.open(directory)) {
            assertThat(journal.trouble()).isEmpty();
            assertThatThrownBy(() -> AgentJournal.open(directory))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("another agent");
        }
    }
}
