/*
 * A PKCS#11 module for tests that behaves like a small USB HSM: it forwards to SoftHSM and adds what
 * SoftHSM lacks. Everything is steered by files in the folder of the module itself, so that several
 * processes see the same token, and several copies are several tokens:
 *
 *   softhsm.so       a copy of SoftHSM's module        softhsm2.conf  its configuration
 *   delay-ms         how long each C_Sign takes        hang           C_Sign blocks while this exists
 *   fail             "CODE COUNT": the next COUNT calls of C_SignInit fail with CODE (hexadecimal)
 *   fail-generate    the same for C_GenerateKeyPair, after the key has been made, as OpenSC does
 *   flip             COUNT: the next COUNT signatures have a wrong bit
 *   unplugged        while this exists the token is gone: 32, from then on no slot and e0
 *   generation       a number; when it changes everything gives 5 until C_Initialize (pcscd restarted)
 *   pin-left         PIN tries left (of 3), counted down to LOCKED; without the file SoftHSM decides
 *
 * and it writes "counters" (signs logins overlaps starts generated), "overlaps.log", and "signs.log":
 * when each signature began and ended, by the monotonic clock, in nanoseconds. Two uses of
 * the token at once, in any process, fail with CKR_FUNCTION_FAILED and are counted.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include <p11-kit/pkcs11.h>

enum counter { SIGNS, LOGINS, OVERLAPS, STARTS, GENERATED, COUNTERS };

static CK_FUNCTION_LIST table;
static CK_FUNCTION_LIST *real;
static char folder[PATH_MAX];
static long started_generation;
static int gone;         /* the absence was seen: calls give e0 instead of 32 */
static int sign_use = -1; /* held from C_SignInit to C_Sign */
static CK_SESSION_HANDLE sign_session;

static const char *in_folder(const char *name) {
  static __thread char path[PATH_MAX + 64];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static int exists(const char *name) { return access(in_folder(name), F_OK) == 0; }

static void pause_ms(long ms) {
  struct timespec t = {ms / 1000, (ms % 1000) * 1000000L};
  while (nanosleep(&t, &t) != 0 && errno == EINTR) {
  }
}

/* Reads up to n numbers, in the given base; gives how many there were. */
static int numbers(const char *name, long *values, int n, int base) {
  char text[256];
  int fd = open(in_folder(name), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t size = read(fd, text, sizeof text - 1);
  close(fd);
  text[size < 0 ? 0 : size] = 0;
  char *at = text;
  for (int i = 0; i < n; i++) {
    char *end;
    values[i] = strtol(at, &end, i == 0 ? base : 10);
    if (end == at) return i;
    at = end;
  }
  return n;
}

/* One writer at a time changes the small files; readers see whole files since they are renamed. */
static int steering(void) {
  int fd = open(in_folder("steering.lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0) flock(fd, LOCK_EX);
  return fd;
}

static void write_file(const char *name, const char *format, ...) {
  char text[256], draft[PATH_MAX + 64];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  snprintf(draft, sizeof draft, "%s/draft", folder);
  FILE *file = fopen(draft, "w");
  if (!file) return;
  fputs(text, file);
  fclose(file);
  rename(draft, in_folder(name));
}

static void count(enum counter which) {
  int lock = steering();
  long c[COUNTERS] = {0};
  numbers("counters", c, COUNTERS, 10);
  c[which]++;
  write_file("counters", "%ld %ld %ld %ld %ld\n", c[0], c[1], c[2], c[3], c[4]);
  close(lock);
}

/* Takes one from the count of a "CODE COUNT" or "COUNT" file; gives CODE, or 1, while there is some. */
static CK_RV take_one(const char *name, int with_code) {
  if (!exists(name)) return 0;
  int lock = steering();
  long v[2] = {0, 0};
  CK_RV code = 0;
  int read = numbers(name, v, with_code ? 2 : 1, with_code ? 16 : 10);
  long left = with_code ? v[1] : v[0];
  if (read > 0 && left > 0) {
    code = with_code ? (CK_RV)v[0] : 1;
    if (left == 1) {
      unlink(in_folder(name));
    } else if (with_code) {
      write_file(name, "%lx %ld\n", v[0], left - 1);
    } else {
      write_file(name, "%ld\n", left - 1);
    }
  }
  close(lock);
  return code;
}

/* The token answers one caller at a time; a second one is the fault that tests look for. */
static int use(const char *what) {
  int fd = open(in_folder("use.lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  if (fd >= 0) close(fd);
  count(OVERLAPS);
  FILE *log = fopen(in_folder("overlaps.log"), "a");
  if (log) {
    fprintf(log, "process %ld: %s while another use was under way\n", (long)getpid(), what);
    fclose(log);
  }
  return -1;
}

static void end_use(int fd) {
  if (fd >= 0) close(fd);
}

static void end_sign(void) {
  end_use(sign_use);
  sign_use = -1;
}

static long generation(void) {
  long value = 0;
  numbers("generation", &value, 1, 10);
  return value;
}

/* What a token that is not there, or a module cut off from its reader, answers. */
static CK_RV absent(void) {
  if (exists("unplugged")) {
    CK_SLOT_ID slots[16];
    CK_ULONG n = 16;
    if (real->C_GetSlotList(CK_TRUE, slots, &n) == CKR_OK) {
      for (CK_ULONG i = 0; i < n; i++) real->C_CloseAllSessions(slots[i]);
    }
    end_sign();
    return gone ? CKR_TOKEN_NOT_PRESENT : CKR_DEVICE_REMOVED;
  }
  gone = 0;
  return generation() == started_generation ? CKR_OK : CKR_GENERAL_ERROR;
}

/* The use of the token by one call, unless this session is between C_SignInit and C_Sign. */
#define ONE_USE(what, call)                   \
  do {                                        \
    CK_RV rv_ = absent();                     \
    if (rv_ != CKR_OK) return rv_;            \
    int use_ = use(what);                     \
    if (use_ < 0) return CKR_FUNCTION_FAILED; \
    rv_ = (call);                             \
    end_use(use_);                            \
    return rv_;                               \
  } while (0)

static CK_RV initialize(void *arguments) {
  const char *old = getenv("SOFTHSM2_CONF");
  char *kept = old ? strdup(old) : NULL;
  setenv("SOFTHSM2_CONF", in_folder("softhsm2.conf"), 1);
  CK_RV rv = real->C_Initialize(arguments);
  if (kept) {
    setenv("SOFTHSM2_CONF", kept, 1);
  } else {
    unsetenv("SOFTHSM2_CONF");
  }
  free(kept);
  started_generation = generation();
  gone = 0;
  if (rv == CKR_OK) count(STARTS);
  return rv;
}

static CK_RV finalize(void *reserved) {
  end_sign();
  return real->C_Finalize(reserved);
}

static CK_RV slot_list(CK_BBOOL present, CK_SLOT_ID *slots, CK_ULONG *n) {
  if (present && exists("unplugged")) {
    absent();
    gone = 1;
    *n = 0;
    return CKR_OK;
  }
  return real->C_GetSlotList(present, slots, n);
}

static CK_RV token_info_flags(CK_SLOT_ID slot, CK_TOKEN_INFO *info) {
  long left;
  CK_RV rv = real->C_GetTokenInfo(slot, info);
  if (rv == CKR_OK && numbers("pin-left", &left, 1, 10) == 1) {
    info->flags &= ~(CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED);
    info->flags |= left == 0   ? CKF_USER_PIN_LOCKED
                   : left == 1 ? CKF_USER_PIN_FINAL_TRY
                   : left == 2 ? CKF_USER_PIN_COUNT_LOW
                               : 0;
  }
  return rv;
}

static CK_RV token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info) {
  ONE_USE("C_GetTokenInfo", token_info_flags(slot, info));
}

static CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify,
                          CK_SESSION_HANDLE *session) {
  ONE_USE("C_OpenSession", real->C_OpenSession(slot, flags, application, notify, session));
}

static CK_RV close_session(CK_SESSION_HANDLE session) {
  if (sign_use >= 0 && session == sign_session) end_sign();
  return real->C_CloseSession(session);
}

static CK_RV counted_login(CK_SESSION_HANDLE session, CK_USER_TYPE user, unsigned char *pin,
                           CK_ULONG size) {
  long left;
  count(LOGINS);
  if (user != CKU_USER || numbers("pin-left", &left, 1, 10) != 1) {
    return real->C_Login(session, user, pin, size);
  }
  if (left == 0) return CKR_PIN_LOCKED;
  CK_RV rv = real->C_Login(session, user, pin, size);
  if (rv == CKR_OK) left = 3;
  if (rv == CKR_PIN_INCORRECT) left--;
  int lock = steering();
  write_file("pin-left", "%ld\n", left);
  close(lock);
  return rv == CKR_PIN_INCORRECT && left == 0 ? CKR_PIN_LOCKED : rv;
}

static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, unsigned char *pin,
                   CK_ULONG size) {
  ONE_USE("C_Login", counted_login(session, user, pin, size));
}

static CK_RV find_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG n) {
  ONE_USE("C_FindObjectsInit", real->C_FindObjectsInit(session, template, n));
}

static CK_RV attribute(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template,
                       CK_ULONG n) {
  ONE_USE("C_GetAttributeValue", real->C_GetAttributeValue(session, object, template, n));
}

static CK_RV made(CK_RV rv) {
  if (rv != CKR_OK) return rv;
  count(GENERATED);
  return take_one("fail-generate", 1);
}

static CK_RV generate(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *open,
                      CK_ULONG opens, CK_ATTRIBUTE *closed, CK_ULONG closeds,
                      CK_OBJECT_HANDLE *open_key, CK_OBJECT_HANDLE *closed_key) {
  ONE_USE("C_GenerateKeyPair", made(real->C_GenerateKeyPair(session, mechanism, open, opens, closed,
                                                            closeds, open_key, closed_key)));
}

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static long long sign_begun;

static void note_sign(void) {
  FILE *file = fopen(in_folder("signs.log"), "a");
  if (!file) return;
  fprintf(file, "%lld %lld\n", sign_begun, now());
  fclose(file);
}

static CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key) {
  long long begun = now();
  CK_RV rv = absent();
  if (rv == CKR_OK) rv = take_one("fail", 1);
  if (rv != CKR_OK) return rv;
  int fd = use("C_SignInit");
  if (fd < 0) return CKR_FUNCTION_FAILED;
  rv = real->C_SignInit(session, mechanism, key);
  if (rv != CKR_OK) {
    end_use(fd);
    return rv;
  }
  sign_use = fd;
  sign_session = session;
  sign_begun = begun;
  return CKR_OK;
}

static CK_RV sign(CK_SESSION_HANDLE session, unsigned char *data, CK_ULONG size,
                  unsigned char *signature, CK_ULONG *length) {
  long delay = 0;
  CK_RV rv = absent();
  if (rv != CKR_OK) return rv;
  if (signature != NULL) {
    numbers("delay-ms", &delay, 1, 10);
    pause_ms(delay);
    while (exists("hang")) pause_ms(20);
  }
  rv = absent();
  if (rv == CKR_OK) rv = real->C_Sign(session, data, size, signature, length);
  if (signature == NULL || rv == CKR_BUFFER_TOO_SMALL) return rv;
  if (rv == CKR_OK) {
    count(SIGNS);
    if (take_one("flip", 0)) signature[*length - 1] ^= 1;
    note_sign();
  }
  end_sign();
  return rv;
}

static int load(void) {
  Dl_info self;
  if (!dladdr(&table, &self) || !realpath(self.dli_fname, folder)) return 0;
  *strrchr(folder, '/') = 0;
  void *library = dlopen(in_folder("softhsm.so"), RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    fprintf(stderr, "testtoken: %s\n", dlerror());
    return 0;
  }
  CK_C_GetFunctionList list = (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList");
  return list && list(&real) == CKR_OK;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list) {
  if (!real && !load()) return CKR_GENERAL_ERROR;
  table = *real;
  table.C_GetFunctionList = C_GetFunctionList;
  table.C_Initialize = initialize;
  table.C_Finalize = finalize;
  table.C_GetSlotList = slot_list;
  table.C_GetTokenInfo = token_info;
  table.C_OpenSession = open_session;
  table.C_CloseSession = close_session;
  table.C_Login = login;
  table.C_FindObjectsInit = find_init;
  table.C_GetAttributeValue = attribute;
  table.C_GenerateKeyPair = generate;
  table.C_SignInit = sign_init;
  table.C_Sign = sign;
  *list = &table;
  return CKR_OK;
}
