package io.holdfast.chaos.sim.mutant;

import io.holdfast.chaos.sim.Mutation;
import io.holdfast.chaos.sim.Owners;
import io.holdfast.chaos.sim.World;
import io.holdfast.model.Fact;
import java.util.List;
import java.util.function.Predicate;

/** Mistakes in who is told. */
final class NoticeMutants {

    private NoticeMutants() {}

    static Mutation wrongProject() {
        return new Mutation() {
            @Override
            public List<Fact> told(World world, Fact fact) {
                return fact.project() == null || !fact.type().equals("instance.evacuating")
                        ? List.of(fact)
                        : List.of(new Fact(
                                fact.id(),
                                fact.type(),
                                fact.subject(),
                                Owners.PROJECTS.getFirst(),
                                fact.at(),
                                fact.data()));
            }
        };
    }

    static Mutation dropNotice() {
        return without(fact -> fact.subject().startsWith("instance/"));
    }

    static Mutation noHuman() {
        return without(
                fact -> fact.type().endsWith("needs-operator") || fact.type().equals("host.held"));
    }

    private static Mutation without(Predicate<Fact> dropped) {
        return new Mutation() {
            @Override
            public List<Fact> told(World world, Fact fact) {
                return dropped.test(fact) ? List.of() : List.of(fact);
            }
        };
    }
}
