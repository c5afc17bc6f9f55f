package io.holdfast.stories;

import java.util.Comparator;
import org.junit.jupiter.api.ClassDescriptor;
import org.junit.jupiter.api.ClassOrderer;
import org.junit.jupiter.api.ClassOrdererContext;

/** Classes that need a lab of the same shape one after the other, because each change of it costs a lab that comes up anew. */
final class ByLab implements ClassOrderer {

    private static final Comparator<ClassDescriptor> ORDER = Comparator.comparing(
                    (ClassDescriptor each) -> LabShape.of(each.getTestClass()).toString())
            .thenComparing(each -> each.getTestClass().getName());

    @Override
    public void orderClasses(ClassOrdererContext context) {
        context.getClassDescriptors().sort(ORDER);
    }
}
