package io.holdfast.chaos.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.FailureDomains;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class LabelsTest {

    private static Labels of(long seed, int hosts) {
        return new Labels(Dice.of(seed, "failure domains"), hosts);
    }

    @Test
    void aboutHalfOfTheWorldsSayNothing() {
        int silent = 0;
        for (long seed = 1; seed <= 200; seed++) {
            silent += of(seed, 5).of(0).equals(FailureDomains.NONE) ? 1 : 0;
        }
        assertThat(silent).isBetween(70, 130);
    }

    @Test
    void aRackAndAPduCrossEachOther() {
        long seed = labelled();
        for (int hosts : List.of(8, 16)) {
            Labels labels = of(seed, hosts);
            for (int one = 0; one < hosts; one++) {
                int racks = 0;
                int pdus = 0;
                int both = 0;
                for (int other = 0; other < hosts; other++) {
                    boolean rack = same(labels, one, other, Labels.RACK);
                    boolean pdu = same(labels, one, other, Labels.PDU);
                    racks += rack ? 1 : 0;
                    pdus += pdu ? 1 : 0;
                    both += rack && pdu ? 1 : 0;
                }
                assertThat(racks).isEqualTo(hosts <= 8 ? 2 : 4);
                assertThat(pdus).isEqualTo(racks);
                assertThat(both).isEqualTo(racks / 2);
            }
        }
    }

    @Test
    void aPduThatFailsTakesThoseThatNameIt() {
        int failures = 0;
        for (long seed = 1; seed <= 40 && failures == 0; seed++) {
            Labels labels = of(seed, 6);
            if (labels.of(0).equals(FailureDomains.NONE)) {
                continue;
            }
            Trial trial = new Trial(6, 0, 3, Trial.usual().chaos(), Faults.parse("rack"), true, Workload.usual(), null);
            List<String> story = trial.run(seed, new Mutation(), true).story();
            for (int i = 0; i < story.size(); i++) {
                if (!story.get(i).endsWith("its PDU fails")) {
                    continue;
                }
                String pdu = story.get(i).strip().split(" +", -1)[1];
                List<String> taken = new ArrayList<>();
                for (String line : story.subList(i + 1, story.size())) {
                    if (line.contains("loses power (the PDU fails)")) {
                        taken.add(line.strip().split(" +", -1)[1]);
                    } else if (!line.endsWith(" is silent")) {
                        // Its outlets fall silent with it.
                        break;
                    }
                }
                Set<String> named = new TreeSet<>();
                for (int host = 0; host < 6; host++) {
                    if (pdu.equals(labels.of(host).names().get(Labels.PDU))) {
                        named.add("h" + (host + 1));
                    }
                }
                assertThat(named).isNotEmpty().containsAll(taken);
                if (failures++ == 0) {
                    // Nothing took any of them before; nobody switches them on here.
                    assertThat(taken).containsExactlyElementsOf(named);
                }
            }
        }
        assertThat(failures).isPositive();
    }

    private static boolean same(Labels labels, int one, int other, String kind) {
        return labels.of(one).names().get(kind).equals(labels.of(other).names().get(kind));
    }

    private static long labelled() {
        long seed = 1;
        while (of(seed, 5).of(0).equals(FailureDomains.NONE)) {
            seed++;
        }
        return seed;
    }
}
