package io.holdfast.compute.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.core.DependencyRule.Known;
import io.holdfast.model.InstanceId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class DependencyRuleTest {

    @Test
    void aNameMeansAllThatHaveItAndAnIdMeansOne() {
        List<Known> project = List.of(known(1, "db"), known(2, "db"), known(3, "queue"));
        assertThat(DependencyRule.meant(List.of("db", id(3).toString(), "db", "gone"), project))
                .extracting(Known::id)
                .containsExactly(id(1), id(2), id(3));
    }

    @Test
    void nothingItselfAndACircleAreRefusedByName() {
        List<Known> project = List.of(known(1, "db", "queue"), known(2, "queue"), known(3, "web", "db"));
        refused(known(4, "new", "bd"), project, "there is no instance 'bd' in this project");
        refused(known(4, "new", "new"), project, "'new' is the instance itself");
        refused(known(4, "new", id(4).toString()), project, "is the instance itself");
        refused(known(2, "queue", "web"), project, "it would wait for itself: queue -> web -> db -> queue");
        assertThatCode(() -> DependencyRule.check(known(2, "queue"), project)).doesNotThrowAnyException();
        assertThatCode(() -> DependencyRule.check(known(4, "new", "web", "db"), project))
                .doesNotThrowAnyException();
    }

    @Test
    void aCircleThatOthersHaveMadeIsTheirs() {
        List<Known> project = List.of(known(1, "a", "b"), known(2, "b", "a"));
        assertThatCode(() -> DependencyRule.check(known(3, "c", "a"), project)).doesNotThrowAnyException();
    }

    /** The oracle follows every arrow for as long as anything new turns up. */
    @Property(tries = 2000)
    void refusesExactlyThoseThatReachThemselves(@ForAll long seed) {
        Random random = new Random(seed);
        int count = 2 + random.nextInt(5);
        List<Known> project = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<String> words = new ArrayList<>();
            for (int j = 0; j < count; j++) {
                if (j != i && random.nextInt(4) == 0) {
                    words.add(random.nextBoolean() ? "n" + j : id(j).toString());
                }
            }
            project.add(new Known(id(i), "n" + i, words));
        }
        Known self = project.getFirst();
        Set<Integer> reached = new HashSet<>();
        follow(0, project, reached);
        if (reached.contains(0)) {
            refused(self, project, "it would wait for itself: n0 -> ");
        } else {
            assertThatCode(() -> DependencyRule.check(self, project)).doesNotThrowAnyException();
        }
    }

    private static void follow(int from, List<Known> project, Set<Integer> reached) {
        for (String word : project.get(from).dependsOn()) {
            for (int i = 0; i < project.size(); i++) {
                boolean meant = word.equals("n" + i) || word.equals(id(i).toString());
                if (meant && reached.add(i)) {
                    follow(i, project, reached);
                }
            }
        }
    }

    private static void refused(Known self, List<Known> project, String words) {
        assertThatThrownBy(() -> DependencyRule.check(self, project))
                .isInstanceOfSatisfying(
                        ComputeException.class, e -> assertThat(e.kind()).isEqualTo(ComputeException.Kind.INVALID))
                .hasMessageContaining("metadata holdfast:depends-on: ")
                .hasMessageContaining(words);
    }

    private static Known known(int n, String name, String... dependsOn) {
        return new Known(id(n), name, List.of(dependsOn));
    }

    private static InstanceId id(int n) {
        return InstanceId.of(new UUID(0, n));
    }
}
