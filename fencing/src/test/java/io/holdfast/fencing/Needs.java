package io.holdfast.fencing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * For tests against programs that are not ours, and that need nothing else of the machine: neither root nor a lab. They run wherever the
 * programs are installed, and are skipped by name where one is not.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(Needs.Condition.class)
public @interface Needs {

    /** Names of programs, all of which are needed. */
    String[] value();

    /** The Debian package that brings them. */
    String in();

    /** Whether they are there. */
    final class Condition implements ExecutionCondition {

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            return AnnotationSupport.findAnnotation(context.getRequiredTestClass(), Needs.class)
                    .map(needs -> evaluated(needs.value(), needs.in(), System.getenv("PATH")))
                    .orElse(ConditionEvaluationResult.enabled("needs no program"));
        }

        static ConditionEvaluationResult evaluated(String[] programs, String debianPackage, String path) {
            return Arrays.stream(programs)
                    .filter(program -> found(program, path).isEmpty())
                    .findFirst()
                    .map(missing -> ConditionEvaluationResult.disabled(
                            missing + " is not installed (package " + debianPackage + ")"))
                    .orElse(ConditionEvaluationResult.enabled("all programs are there"));
        }

        /** A user's path often lacks the sbin directories, and the programs are there all the same. */
        private static Optional<Path> found(String program, String path) {
            return Stream.concat(Arrays.stream(path.split(":", -1)), Stream.of("/usr/sbin", "/sbin"))
                    .map(directory -> Path.of(directory, program))
                    .filter(Files::isExecutable)
                    .findFirst();
        }
    }
}
