package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.thirdparty.org.objectweb.asm.ClassReader;
import com.tngtech.archunit.thirdparty.org.objectweb.asm.ClassVisitor;
import com.tngtech.archunit.thirdparty.org.objectweb.asm.Handle;
import com.tngtech.archunit.thirdparty.org.objectweb.asm.Label;
import com.tngtech.archunit.thirdparty.org.objectweb.asm.MethodVisitor;
import com.tngtech.archunit.thirdparty.org.objectweb.asm.Opcodes;
import com.tngtech.archunit.thirdparty.org.objectweb.asm.Type;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.TimeText;
import org.xbill.DNS.Name;

/**
 * dnsjava's own text of a name has a last dot, and Java's of a time has as many digits as the time
 * happens to have. Neither is asked for anywhere but in {@link NameText} and {@link TimeText},
 * neither in words nor by putting one into a text.
 */
@Tag("once")
class OutputTextTest {
  private static final Set<String> WRITTEN =
      Set.of(Type.getDescriptor(Name.class), Type.getDescriptor(Instant.class));
  private static final Set<Path> WRITERS =
      Set.of(Path.of("dnssec", "NameText.class"), Path.of("dnssec", "TimeText.class"));

  @Test
  void namesAndTimesAreWrittenInOnePlace() throws Exception {
    List<String> found = new ArrayList<>();
    Path classes =
        Path.of(NameText.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".class")).sorted().toList()) {
        if (WRITERS.stream().noneMatch(file::endsWith)) {
          found.addAll(namesIn(Files.newInputStream(file)));
        }
      }
    }
    assertThat(found).as("use NameText.of(name), TimeText.of(time)").isEmpty();
  }

  /** Ways in which a name or a time gets into a text unseen. */
  @SuppressWarnings({"unused", "UnusedMethod", "UnnecessaryStringBuilder"})
  private static final class Wrong {
    String called(Name name) {
      return name.toString();
    }

    String time(Instant time) {
      return "signed until " + time;
    }

    String calledWithoutDot(Name name) {
      return name.toString(true);
    }

    String concatenated(Name name) {
      return "zone " + name;
    }

    String formatted(Name name) {
      return "%s of %s".formatted("x", name);
    }

    String appended(Name name) {
      return new StringBuilder().append(name).append(' ').toString();
    }

    String valueOf(Name name) {
      return String.valueOf(name);
    }

    void logged(org.slf4j.Logger log, List<Name> names) {
      for (Name name : names) {
        log.info("{} is there", name);
      }
    }

    void loggedFirst(org.slf4j.Logger log, Zone zone) {
      log.info("{} is {}", zone.name(), 1);
    }

    Optional<String> mapped(Optional<Name> name) {
      return name.map(Name::toString);
    }

    Optional<String> mappedAsObject(Optional<Name> name) {
      return name.map(Object::toString);
    }

    Optional<String> mappedByValueOf(Optional<Name> name) {
      return name.map(String::valueOf);
    }

    String fieldOf(Zone zone) {
      return "zone " + zone.name() + " is signed";
    }

    String optional(Optional<Name> name) {
      return "zone " + name;
    }

    record Zone(Name name) {}
  }

  @Test
  void theRootIsADot() {
    assertThat(NameText.of(Name.root)).isEqualTo(".");
    assertThat(NameText.of(Name.fromConstantString("a\\.b.example."))).isEqualTo("a\\.b.example");
    assertThat(NameText.absolute(Name.root)).isEqualTo(".");
  }

  @Test
  void eachWayIsFound() throws Exception {
    String file = Wrong.class.getName().replace('.', '/') + ".class";
    List<String> found = namesIn(Wrong.class.getClassLoader().getResourceAsStream(file));
    assertThat(found.stream().map(place -> place.replaceAll(".*\\.(\\w+):.*", "$1")).distinct())
        .containsExactlyInAnyOrder(
            Stream.of(Wrong.class.getDeclaredMethods())
                .map(java.lang.reflect.Method::getName)
                .toArray(String[]::new));
  }

  private static List<String> namesIn(InputStream file) throws IOException {
    List<String> found = new ArrayList<>();
    try (file) {
      ClassReader reader = new ClassReader(file);
      reader.accept(
          new ClassVisitor(Opcodes.ASM9) {
            @Override
            public MethodVisitor visitMethod(
                int access, String name, String descriptor, String signature, String[] thrown) {
              return new Method(reader.getClassName() + "." + name, access, descriptor, found);
            }
          },
          ClassReader.SKIP_FRAMES);
    }
    return found;
  }

  /**
   * Reads a method from top to bottom and follows what arguments are put on the stack, as far as
   * texts need it. What comes out of a list or an {@code Optional} without a cast is not seen.
   */
  private static final class Method extends MethodVisitor {
    private static final String OPTIONAL = Type.getDescriptor(Optional.class);

    private final String place;
    private final List<String> found;
    private final Map<Integer, String> slots = new HashMap<>();
    private final Deque<String> stack = new ArrayDeque<>();
    private int line;

    Method(String place, int access, String descriptor, List<String> found) {
      super(Opcodes.ASM9);
      this.place = place;
      this.found = found;
      int slot = (access & Opcodes.ACC_STATIC) == 0 ? 1 : 0;
      for (Type argument : Type.getArgumentTypes(descriptor)) {
        slots.put(slot, argument.getDescriptor());
        slot += argument.getSize();
      }
    }

    private void found(String how) {
      found.add(place + ":" + line + " " + how);
    }

    private void pop(int count) {
      for (int i = 0; i < count; i++) {
        stack.poll();
      }
    }

    @Override
    public void visitLineNumber(int number, Label start) {
      line = number;
    }

    @Override
    public void visitVarInsn(int opcode, int slot) {
      if (opcode == Opcodes.ASTORE) {
        slots.put(slot, Objects.requireNonNullElse(stack.poll(), ""));
      } else {
        stack.push(opcode == Opcodes.ALOAD ? slots.getOrDefault(slot, "") : "");
      }
    }

    @Override
    public void visitFieldInsn(int opcode, String owner, String field, String descriptor) {
      switch (opcode) {
        case Opcodes.PUTFIELD -> pop(2);
        case Opcodes.GETFIELD, Opcodes.PUTSTATIC -> pop(1);
        default -> {
          // nothing is taken for a static field
        }
      }
      if (opcode == Opcodes.GETFIELD || opcode == Opcodes.GETSTATIC) {
        stack.push(descriptor);
      }
    }

    @Override
    public void visitTypeInsn(int opcode, String type) {
      pop(opcode == Opcodes.NEW ? 0 : 1);
      stack.push("L" + type + ";");
    }

    @Override
    public void visitInsn(int opcode) {
      if (opcode == Opcodes.AASTORE) {
        if (WRITTEN.contains(stack.peek())) {
          found("in an array of objects");
        }
        pop(3);
      } else if (opcode == Opcodes.ATHROW || opcode == Opcodes.RETURN) {
        stack.clear();
      } else {
        stack.push(opcode == Opcodes.DUP && !stack.isEmpty() ? stack.peek() : "");
      }
    }

    @Override
    public void visitIntInsn(int opcode, int operand) {
      stack.push("");
    }

    /** A jump forward from a branch leaves its value to the other branch. */
    @Override
    public void visitJumpInsn(int opcode, Label label) {
      pop(opcode >= Opcodes.IF_ICMPEQ && opcode <= Opcodes.IF_ACMPNE ? 2 : 1);
    }

    @Override
    public void visitLdcInsn(Object value) {
      stack.push("");
    }

    @Override
    public void visitMethodInsn(
        int opcode, String owner, String method, String descriptor, boolean isInterface) {
      int count = Type.getArgumentTypes(descriptor).length;
      List<String> arguments = stack.stream().limit(count).toList();
      boolean text =
          (owner.equals("java/lang/String") && method.equals("valueOf"))
              || (owner.equals("java/lang/StringBuilder") && method.equals("append"))
              || (owner.equals("java/util/Objects") && method.equals("toString"));
      boolean bad =
          arguments.stream().anyMatch(WRITTEN::contains) || (text && arguments.contains(OPTIONAL));
      if ((method.equals("toString") && WRITTEN.contains("L" + owner + ";"))
          || ((text || owner.equals("org/slf4j/Logger")) && bad)) {
        found(owner + "." + method);
      }
      pop(count + (opcode == Opcodes.INVOKESTATIC ? 0 : 1));
      if (!descriptor.endsWith("V")) {
        stack.push(Type.getReturnType(descriptor).getDescriptor());
      }
    }

    @Override
    public void visitInvokeDynamicInsn(
        String method, String descriptor, Handle bootstrap, Object... arguments) {
      if (bootstrap.getName().equals("makeConcatWithConstants")
          && (WRITTEN.stream().anyMatch(descriptor::contains) || descriptor.contains(OPTIONAL))) {
        found("put together with +");
      }
      if (arguments.length > 2 && arguments[1] instanceof Handle handle) {
        boolean own = WRITTEN.contains("L" + handle.getOwner() + ";");
        boolean text = handle.getName().equals("toString") || handle.getName().equals("valueOf");
        if (text && (own || WRITTEN.stream().anyMatch(arguments[2].toString()::contains))) {
          found(handle.getOwner() + "::" + handle.getName());
        }
      }
      pop(Type.getArgumentTypes(descriptor).length);
      stack.push(Type.getReturnType(descriptor).getDescriptor());
    }
  }
}
