package io.holdfast.chaos.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.chaos.sim.mutant.Mutants;
import io.holdfast.chaos.sim.mutant.Mutants.Mutant;
import io.holdfast.server.logging.Logging;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MutantsTest {

    @BeforeAll
    static void failuresOnPurposeAreNotLogged() {
        Logging.silence();
    }

    static List<Mutant> mutants() {
        return Mutants.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mutants")
    void eachIsFoundByItsKnownSeedWhichFindsNothingInTheProduct(Mutant mutant) {
        assertThat(Trial.usual()
                        .run(mutant.killer(), mutant.mutation().get(), false)
                        .violations())
                .as("with %s", mutant.meaning())
                .isNotEmpty();
        assertThat(Trial.usual().run(mutant.killer(), new Mutation(), false).violations())
                .as("without it")
                .isEmpty();
    }

    @Test
    void thereAreAtLeastTwentyWithNamesOfTheirOwn() {
        assertThat(Mutants.all()).hasSizeGreaterThanOrEqualTo(20);
        assertThat(Mutants.all()).as("with a seed that is known to find them").allMatch(mutant -> mutant.killer() > 0);
        assertThat(Mutants.all()).extracting(Mutant::name).doesNotHaveDuplicates();
    }
}
