"""What the synthetic cohort learns and is hired for: courses, programmes, jobs and skills, all invented by us."""

# ruff: noqa: E501 - tables are read by their rows.
from __future__ import annotations

from typing import Final, NamedTuple

REGION_WEIGHTS: Final = {
    "10": 31, "11": 40, "15": 48, "19": 78, "23": 36, "27": 36, "31": 62, "33": 36, "35": 58, "39": 43,
    "43": 43, "47": 40, "55": 39, "59": 28, "61": 110, "62": 12, "63": 38, "71": 76, "75": 115, "79": 64,
}  # fmt: skip
"""Region to its share of the people, roughly as they live."""


class Course(NamedTuple):
    """A course that ends with a certificate.

    Attributes:
        code: its code at the AI University.
        kk: name in Kazakh.
        ru: name in Russian.
        en: name in English.
        hours: length.
        skills: what it shows.
    """

    code: str
    kk: str
    ru: str
    en: str
    hours: int
    skills: tuple[str, ...]


COURSES: Final = (
    Course("AIS-101", "Жасанды интеллект негіздері", "Основы искусственного интеллекта", "Foundations of AI", 36,
           ("AI literacy", "Prompt engineering", "Data ethics")),
    Course("AIS-102", "Үлкен тіл модельдерімен жұмыс", "Работа с большими языковыми моделями", "Working with LLMs", 48,
           ("Prompt engineering", "Large language models", "Retrieval-augmented generation")),
    Course("AIS-103", "Жауапты жасанды интеллект", "Ответственный искусственный интеллект", "Responsible AI", 24,
           ("AI literacy", "Data ethics", "Data protection")),
    Course("AIS-201", "Python тілінде бағдарламалау", "Программирование на Python", "Programming in Python", 72,
           ("Python", "Git", "Software testing")),
    Course("AIS-202", "Деректерді талдау", "Анализ данных", "Data analysis", 72, ("Python", "SQL", "Data visualisation", "Statistics")),
    Course("AIS-203", "Деректер инженериясы", "Инженерия данных", "Data engineering", 96,
           ("Python", "SQL", "Apache Kafka", "Apache Airflow", "Data modelling")),
    Course("AIS-204", "Машиналық оқыту", "Машинное обучение", "Machine learning", 108,
           ("Python", "Machine learning", "Statistics", "PyTorch")),
    Course("AIS-205", "Терең оқыту", "Глубокое обучение", "Deep learning", 108, ("Python", "Deep learning", "PyTorch", "Linear algebra")),
    Course("AIS-206", "Компьютерлік көру", "Компьютерное зрение", "Computer vision", 72, ("Computer vision", "PyTorch", "OpenCV")),
    Course("AIS-207", "Табиғи тілді өңдеу", "Обработка естественного языка", "Natural language processing", 72,
           ("Natural language processing", "Python", "Large language models")),
    Course("AIS-208", "MLOps және модельдерді енгізу", "MLOps и внедрение моделей", "MLOps", 72,
           ("MLOps", "Docker", "CI/CD", "Machine learning")),
    Course("AIS-301", "Робототехника", "Робототехника", "Robotics", 96, ("Robotics", "Python", "Embedded systems")),
    Course("AIS-302", "Киберқауіпсіздік негіздері", "Основы кибербезопасности", "Foundations of cybersecurity", 72,
           ("Cybersecurity", "Networking", "Linux")),
    Course("AIS-303", "Бұлттық технологиялар", "Облачные технологии", "Cloud technologies", 72, ("Cloud computing", "Docker", "Linux")),
    Course("AIS-304", "Мұғалімге арналған ЖИ құралдары", "Инструменты ИИ для учителя", "AI tools for teachers", 36,
           ("AI literacy", "Instructional design", "Prompt engineering")),
    Course("AIS-305", "Агротехнологиядағы ЖИ", "ИИ в агротехнологиях", "AI in agriculture", 48,
           ("AI literacy", "Remote sensing", "Data visualisation")),
    Course("AIS-306", "Медицинадағы ЖИ", "ИИ в медицине", "AI in medicine", 48, ("AI literacy", "Computer vision", "Data protection")),
    Course("AIS-307", "Өнімді басқару және ЖИ", "Управление продуктом и ИИ", "Product management with AI", 48,
           ("Product management", "AI literacy", "Statistics")),
)  # fmt: skip


class Programme(NamedTuple):
    """A programme of a college or a university.

    Attributes:
        code: its code.
        kk: name in Kazakh.
        ru: name in Russian.
        field: ISCED-F 2013.
    """

    code: str
    kk: str
    ru: str
    field: str


COLLEGE_PROGRAMMES: Final = (
    Programme("06130100", "Бағдарламалық қамтамасыз ету", "Программное обеспечение", "0613"),
    Programme("06120200", "Желілік және жүйелік әкімшілендіру", "Сетевое и системное администрирование", "0612"),
    Programme("07130700", "Электр жабдықтарын пайдалану", "Эксплуатация электрооборудования", "0713"),
    Programme("07161300", "Автомобиль көлігіне қызмет көрсету", "Обслуживание автомобильного транспорта", "0716"),
    Programme("09130100", "Мейіргер ісі", "Сестринское дело", "0913"),
    Programme("01140100", "Бастауыш білім беру педагогикасы", "Педагогика начального образования", "0113"),
)
UNIVERSITY_PROGRAMMES: Final = (
    Programme("6B06101", "Ақпараттық жүйелер", "Информационные системы", "0612"),
    Programme("6B06102", "Деректер туралы ғылым", "Наука о данных", "0619"),
    Programme("6B06301", "Ақпараттық қауіпсіздік", "Информационная безопасность", "0612"),
    Programme("6B07101", "Автоматтандыру және басқару", "Автоматизация и управление", "0714"),
    Programme("6B04101", "Экономика", "Экономика", "0311"),
    Programme("6B10101", "Жалпы медицина", "Общая медицина", "0912"),
    Programme("6B01503", "Математика мұғалімін даярлау", "Подготовка учителей математики", "0114"),
)


class Job(NamedTuple):
    """A job that employers look for.

    Attributes:
        title_ru: title in Russian.
        title_kk: title in Kazakh.
        isco: ISCO-08 unit group.
        pay: usual lower end, thousand tenge a month.
        skills: what is asked for.
    """

    title_ru: str
    title_kk: str
    isco: str
    pay: int
    skills: tuple[str, ...]


JOBS: Final = (
    Job("Python-разработчик", "Python әзірлеушісі", "2512", 550, ("Python", "SQL", "Git", "Docker")),
    Job("Инженер данных", "Деректер инженері", "2521", 700, ("SQL", "Python", "Apache Kafka", "Apache Airflow")),
    Job("Аналитик данных", "Деректер талдаушысы", "2511", 450, ("SQL", "Data visualisation", "Statistics")),
    Job("Дата-сайентист", "Дата-сайентист", "2120", 750, ("Python", "Machine learning", "Statistics", "SQL")),
    Job("Инженер машинного обучения", "Машиналық оқыту инженері", "2519", 850, ("Machine learning", "PyTorch", "MLOps", "Docker")),
    Job("Разработчик решений на LLM", "LLM шешімдерін әзірлеуші", "2512", 900,
        ("Large language models", "Retrieval-augmented generation", "Python")),
    Job("Специалист по компьютерному зрению", "Компьютерлік көру маманы", "2519", 800, ("Computer vision", "OpenCV", "PyTorch")),
    Job("DevOps-инженер", "DevOps инженері", "2522", 750, ("Docker", "Linux", "CI/CD", "Cloud computing")),
    Job("Системный администратор", "Жүйелік әкімші", "2522", 350, ("Linux", "Networking")),
    Job("Специалист по информационной безопасности", "Ақпараттық қауіпсіздік маманы", "2529", 600, ("Cybersecurity", "Networking", "Linux")),
    Job("Тестировщик ПО", "Бағдарлама тестілеушісі", "2519", 400, ("Software testing", "SQL", "Git")),
    Job("Менеджер продукта", "Өнім менеджері", "2431", 700, ("Product management", "Statistics")),
    Job("Учитель информатики", "Информатика мұғалімі", "2330", 300, ("AI literacy", "Instructional design", "Python")),
    Job("Инженер-робототехник", "Робототехник инженер", "2144", 500, ("Robotics", "Embedded systems")),
    Job("Агроном-аналитик", "Агроном-талдаушы", "2132", 350, ("Remote sensing", "Data visualisation")),
    Job("Специалист по обработке естественного языка", "Табиғи тілді өңдеу маманы", "2519", 800,
        ("Natural language processing", "Python", "Large language models")),
)  # fmt: skip

EMPLOYERS: Final = (
    "Самрұқ Дата",
    "Дала Софт",
    "Алатау Тех",
    "Есіл Аналитика",
    "Сарыарқа Роботикс",
    "Каспий Логистика",
    "Жетісу Агро",
    "Отырар Банк",
)
"""Names of invented employers."""
