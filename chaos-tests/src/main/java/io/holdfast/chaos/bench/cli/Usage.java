package io.holdfast.chaos.bench.cli;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Turns what a measurement cannot be asked for into wrong usage of its command. */
final class Usage {

    private Usage() {}

    static <T> T checked(@Nullable CommandSpec spec, Supplier<T> options) {
        if (spec == null) {
            throw new IllegalStateException("not called by the command line");
        }
        try {
            return options.get();
        } catch (IllegalArgumentException wrong) {
            throw new ParameterException(spec.commandLine(), String.valueOf(wrong.getMessage()), wrong);
        }
    }
}
