package io.holdfast.fencing.agents.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class AgentTroubleTest {

    @Test
    void eachTroubleHasItsLineInTheRunbook() throws Exception {
        List<String> runbook = Files.readAllLines(Path.of("..", "docs", "runbook.md"));

        for (AgentTrouble trouble : AgentTrouble.values()) {
            assertThat(runbook).anyMatch(line -> line.startsWith("| *" + trouble.said() + "* | "));
        }
    }

    @Test
    void onlyWhatCertainlyWentNowhereIsARefusal() {
        assertThat(AgentTrouble.values())
                .filteredOn(AgentTrouble::refusal)
                .containsExactlyInAnyOrder(
                        AgentTrouble.NOT_STARTED,
                        AgentTrouble.NOT_RUNNABLE,
                        AgentTrouble.CANNOT_LOG_IN,
                        AgentTrouble.NO_PASSWORD,
                        AgentTrouble.NO_PRIVILEGE,
                        AgentTrouble.NO_SUCH_PLUG,
                        AgentTrouble.WRONG_USE);
    }
}
